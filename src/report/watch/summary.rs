//! What follows from a look, as JSON: for scripts that do not want to count themselves.

use serde_json::{Value, json};

use crate::watch::{Link, Picture, Trend};

/// The summary of a picture. Units are in the names; what is not known is `null`.
pub fn summary(picture: &Picture) -> Value {
    let slots = picture.slots.as_ref();
    let (per_minute, full_in_s) = match picture.trend {
        Trend::Rising { per_minute, full_in_s } => (Some(per_minute), Some(full_in_s.round())),
        Trend::Falling { per_minute } => (Some(-per_minute), None),
        Trend::TooEarly | Trend::Unclear => (None, None),
    };
    let states: serde_json::Map<String, Value> =
        picture.states.iter().map(|(state, count)| (state.clone(), Value::from(*count))).collect();
    let pools: Vec<Value> = picture
        .pools
        .iter()
        .map(|pool| {
            json!({"role": pool.role, "database": pool.database, "backends": pool.backends, "busy": pool.busy,
                "size": pool.size, "used_percent": pool.used_percent()})
        })
        .collect();
    let suspects: Vec<Value> = picture
        .suspects
        .iter()
        .map(|it| {
            json!({"role": it.key.role, "application": it.key.application, "address": it.key.address, "from": it.from,
                "to": it.to, "over_s": it.over_s, "unused": it.unused, "longest_s": it.longest_s})
        })
        .collect();
    json!({
        "connected": picture.link == Link::Up,
        "verdict": picture.verdict.level.as_str().to_ascii_lowercase(),
        "headline": picture.verdict.headline,
        "culprit": picture.verdict.culprit,
        "used": slots.map(|it| it.used),
        "own": slots.map(|it| it.own),
        "free": slots.map(|it| it.free),
        "usable": slots.map(|it| it.usable),
        "used_percent": slots.and_then(|it| it.used_percent),
        "trend_per_minute": per_minute,
        "full_in_s": full_in_s,
        "by_state": states,
        "longest_idle_in_transaction_s": picture.longest_idle_s,
        "oldest_transaction_s": picture.oldest_transaction_s,
        "blocked": picture.blocked,
        "waiting_clients": picture.waiting.clients(),
        "pools": pools,
        "suspects": suspects,
        "alerts": picture.alerts,
    })
}
