use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{Event as Input, KeyCode, KeyEvent};

use super::{Overlay, Screen, Theme, draw, duration, short, sparkline};
use crate::watch::testing::{at, idle, look, own, session, setup};
use crate::watch::{Full, Model, Observation, Picture, Session, Trouble};

const THEME: Theme = Theme { color: false, unicode: true };

fn render(picture: &Picture, screen: &mut Screen, width: u16, height: u16, now_ms: i64) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, picture, screen, THEME, now_ms)).unwrap();
    let buffer = terminal.backend().buffer();
    let row = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..height).map(row).collect::<Vec<_>>().join("\n")
}

/// Two minutes of an incident: `worker` leaks a connection every three seconds, `checkout` idles in a transaction.
fn incident() -> (Model, Picture) {
    let mut model = Model::new(setup(), 0);
    let mut picture = model.picture();
    for second in 0..120 {
        let mut sessions: Vec<Session> = vec![
            own(second),
            session(20, "app_user", "checkout", "idle in transaction", at(-60)),
            session(21, "authenticator", "postgrest", "idle", at(second - 2)),
        ];
        let leaked = 5 + i32::try_from(second / 3).unwrap();
        sessions.extend((0..leaked).map(|pid| {
            let born = at((i64::from(pid) - 5) * 3);
            idle(100 + pid, "worker", born, born)
        }));
        picture = model.take(look(second, sessions));
    }
    (model, picture)
}

#[test]
fn the_screen_names_the_culprit_on_every_size() {
    let (_, picture) = incident();
    for (width, height) in [(80, 24), (120, 40), (20, 5)] {
        let screen = render(&picture, &mut Screen::default(), width, height, picture.at_ms);
        insta::assert_snapshot!(format!("incident-{width}x{height}"), screen);
    }
}

#[test]
fn a_database_without_a_free_slot_says_so_and_keeps_the_last_picture() {
    let (mut model, _) = incident();
    let message = "failed to log in: 10.0.0.1:5432 refuses: sorry, too many clients already";
    let mut trouble = Trouble::new(1_700_000_130_000, message.to_owned(), Some(Full::Slots), true);
    trouble.next_try_ms = Some(4000);
    let picture = model.take(Observation::Failure(trouble));
    let screen = render(&picture, &mut Screen::default(), 80, 24, 1_700_000_141_000);
    assert!(screen.starts_with(" CRITICAL  no slot is free"), "{screen}");
    assert!(screen.contains("picture is 22 s old") && screen.contains("worker"), "{screen}");
    insta::assert_snapshot!("no-slot-80x24", screen);
}

#[test]
fn no_size_makes_it_panic() {
    let (_, picture) = incident();
    let early = Model::new(setup(), 0).picture();
    for (width, height) in [(1, 1), (2, 2), (10, 1), (49, 10), (50, 11), (50, 12), (79, 19), (300, 8), (20, 100)] {
        for picture in [&picture, &early] {
            for overlay in [Overlay::Nothing, Overlay::Help, Overlay::Statement] {
                let mut screen = Screen { overlay, ..Screen::default() };
                render(picture, &mut screen, width, height, 0);
            }
        }
    }
}

#[test]
fn names_from_the_server_cannot_steer_the_terminal() {
    let evil = "x\u{1b}[2J\u{202e}\n\u{9b}y";
    let mut model = Model::new(setup(), 0);
    let stuck = session(9, evil, evil, "idle in transaction", at(-100));
    let picture = model.take(look(0, vec![own(0), stuck]));
    for (width, height) in [(80, 24), (160, 40), (20, 5)] {
        let mut screen = Screen { overlay: Overlay::Statement, ..Screen::default() };
        let text = render(&picture, &mut screen, width, height, 0);
        assert!(!text.contains(|c| c != '\n' && crate::report::escape::is_unsafe(c)), "{text:?}");
    }
}

#[test]
fn keys_sort_choose_and_show_the_statement() {
    let (_, picture) = incident();
    let mut screen = Screen::default();
    let press = |screen: &mut Screen, code| screen.react(&Input::Key(KeyEvent::from(code)), &picture);
    render(&picture, &mut screen, 100, 30, 0);
    press(&mut screen, KeyCode::Char('k'));
    let text = render(&picture, &mut screen, 100, 30, 0);
    assert!(
        text.contains("SELECT pg_terminate_backend(20);"),
        "the one that idles in a transaction comes first: {text}"
    );
    assert!(text.contains("is") && text.contains("rolled back"), "{text}");
    press(&mut screen, KeyCode::Char('x'));
    press(&mut screen, KeyCode::Char('s'));
    let text = render(&picture, &mut screen, 100, 30, 0);
    assert!(text.contains("sort: count"), "{text}");
    press(&mut screen, KeyCode::Enter);
    let text = render(&picture, &mut screen, 100, 30, 0);
    assert!(text.contains("PID") && text.contains("worker") && !text.contains("postgrest  "), "{text}");
}

#[test]
fn times_are_short_and_plain() {
    let words: Vec<String> = [0.4, 59.0, 61.0, 600.0, 3600.0, 4800.0, 90_000.0, -1.0, f64::NAN].map(duration).into();
    assert_eq!(words, ["0 s", "59 s", "1 min 1 s", "10 min", "1 h", "1 h 20 min", "1 d 1 h", "0 s", "0 s"]);
    let words: Vec<String> = [5.0, 99.0, 100.0, 3599.0, 4800.0, 86_400.0, 1e9].map(short).into();
    assert_eq!(words, ["5s", "99s", "1m", "59m", "1h20m", "24h", "11574d"]);
}

#[test]
fn the_chart_shows_gaps_and_small_numbers() {
    assert_eq!(sparkline(&[(0, 0), (1000, 1), (2000, 57)], 57, 10, true), " ▁█");
    assert_eq!(sparkline(&[], 57, 10, true), "");
    assert_eq!(sparkline(&[(0, 5)], 0, 10, true), "");
}
