//! From looks to lines, or to the screen; ends by itself, by a key or by a signal.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::writer::Writer;
use super::{Plan, draws, only_once, screen, status};
use crate::cli::WatchArgs;
use crate::client::Dialer;
use crate::watch::alert::Alert;
use crate::watch::sampler::Sampler;
use crate::watch::{Model, Observation, now_ms};

pub(super) fn run(args: &WatchArgs, alerts: Vec<Alert>) -> Result<u8> {
    let mut plan = Plan::new(args)?;
    plan.setup.alerts = alerts;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("failed to start the network")?;
    let result = runtime.block_on(watch(args, plan));
    // A name lookup that hangs must not hold the exit.
    runtime.shutdown_background();
    result
}

async fn watch(args: &WatchArgs, plan: Plan) -> Result<u8> {
    let root = args.sslrootcert.as_ref().map(|path| path.to_string_lossy().into_owned());
    let dialer = Dialer::new(plan.door, root.as_deref(), plan.connect_timeout).await?;
    let console = match plan.console {
        Some(door) => Some(Dialer::new(door, root.as_deref(), plan.connect_timeout).await?),
        None => None,
    };
    let mut model = Model::new(plan.setup.clone(), now_ms());
    let mut writer = Writer::new(args, &plan.setup)?;
    let sampler = Sampler::new(dialer, console, plan.interval);
    let mut looks = Looks::start(sampler, plan.interval, only_once(args));
    let over = over(plan.run_for);
    let ended = if draws(args) {
        let theme = screen::theme(args);
        Box::pin(screen::live(&mut looks, &mut model, &mut writer, theme, over)).await
    } else {
        Box::pin(lines(&mut looks, &mut model, &mut writer, over)).await
    };
    looks.stop().await;
    let gave_up = ended?;
    writer.finish()?;
    Ok(status(&model, gave_up))
}

/// Writes each observation; whether the sampler gave up.
async fn lines(
    looks: &mut Looks,
    model: &mut Model,
    writer: &mut Writer,
    over: impl Future<Output = ()>,
) -> Result<bool> {
    let mut over = std::pin::pin!(over);
    loop {
        let next = tokio::select! {
            biased;
            () = &mut over => return Ok(false),
            next = looks.next() => next,
        };
        let Some(observation) = next else { return Ok(looks.gave_up) };
        let picture = model.take(observation.clone());
        writer.observe(&observation, picture, model)?;
    }
}

/// Looks, taken by a task of their own: the screen answers keys meanwhile.
pub(super) struct Looks {
    receiver: mpsc::Receiver<Observation>,
    task: JoinHandle<()>,
    /// The last one was a failure that is not tried again.
    pub(super) gave_up: bool,
}

impl Looks {
    fn start(mut sampler: Sampler, interval: Duration, once: bool) -> Self {
        let (sender, receiver) = mpsc::channel(1);
        let task = tokio::spawn(async move {
            let mut next = tokio::time::Instant::now();
            loop {
                let observation = tokio::select! {
                    () = sender.closed() => break,
                    observation = sampler.look() => observation,
                };
                let pause = match &observation {
                    Observation::Sample(_) => Some(interval),
                    Observation::Failure(trouble) => trouble.next_try_ms.map(Duration::from_millis),
                };
                if sender.send(observation).await.is_err() || once {
                    break;
                }
                let Some(pause) = pause else { break };
                // Looks that took longer than the interval are not caught up on.
                next = (next + pause).max(tokio::time::Instant::now());
                tokio::select! {
                    () = sender.closed() => break,
                    () = tokio::time::sleep_until(next) => {}
                }
            }
            sampler.leave().await;
        });
        Self { receiver, task, gave_up: false }
    }

    /// The next one; `None` when there will be none.
    pub(super) async fn next(&mut self) -> Option<Observation> {
        let observation = self.receiver.recv().await;
        if let Some(Observation::Failure(trouble)) = &observation {
            self.gave_up = trouble.next_try_ms.is_none();
        }
        observation
    }

    /// The task has panicked, which is told already.
    pub(super) async fn is_broken(&mut self) -> bool {
        matches!(tokio::time::timeout(Duration::from_secs(1), &mut self.task).await, Ok(Err(_)))
    }

    /// Says goodbye to the server.
    async fn stop(mut self) {
        self.receiver.close();
        if self.task.is_finished() {
            return;
        }
        let _ = tokio::time::timeout(Duration::from_secs(1), &mut self.task).await;
    }
}

/// When it is over: after the given time, or at a signal.
pub(super) async fn over(run_for: Option<Duration>) {
    let time = async {
        match run_for {
            Some(time) => tokio::time::sleep(time).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = time => {}
        () = signal() => {}
    }
}

/// SIGINT, SIGTERM, SIGHUP.
#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    // A signal that cannot be waited for keeps its default: it ends the process.
    let mut signals: Vec<_> = kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect();
    let any = std::future::poll_fn(|context| {
        let any = signals.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
        if any { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    });
    any.await;
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
