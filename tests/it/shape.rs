//! The code keeps its shape: what decides is pure, and each edge is known to few.

use std::path::{Path, PathBuf};

fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut found);
    let rust = found.into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    rust.map(|path| {
        let text = std::fs::read_to_string(&path).unwrap();
        // Tests may use anything.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
        (path.strip_prefix(&root).unwrap().display().to_string(), code)
    })
    .collect()
}

#[test]
fn rules_know_no_database_no_network_and_no_clock() {
    const RULES: [&str; 22] = [
        "conversations/lifecycle.rs",
        "conversations/draft.rs",
        "conversations/notices.rs",
        "queues/routing.rs",
        "queues/hours.rs",
        "queues/estimate.rs",
        "queues/plan.rs",
        "attendants/commands.rs",
        "bot/reply.rs",
        "bot/escalation.rs",
        "bot/runs/triggers.rs",
        "bot/check.rs",
        "bot/world.rs",
        "bot/stage/mod.rs",
        "bot/dialogue/mod.rs",
        "bot/dialogue/play.rs",
        "contacts/phone.rs",
        "channels/text.rs",
        "messages/status.rs",
        "reports/insights.rs",
        "reports/staffing.rs",
        "ws/protocol.rs",
    ];
    let sources = sources();
    for rule in RULES {
        let (_, code) = sources.iter().find(|(name, _)| name == rule).unwrap_or_else(|| panic!("{rule} is gone"));
        for forbidden in ["use diesel", "use actix", "async fn", "use reqwest", "Utc::now", ".clock.now()"] {
            assert!(!code.contains(forbidden), "{rule} contains {forbidden}");
        }
    }
}

#[test]
fn only_the_store_s_files_query_the_database() {
    for (name, code) in sources() {
        let is_store = name.ends_with("store.rs") || name.starts_with("store/") || name.ends_with("tests.rs");
        // Each has one small query of its own beside what it does.
        let known = [
            "conversations/lists.rs",
            "channels/delivery.rs",
            "channels/receipts.rs",
            "channels/api_channel/api.rs",
            "organizations/mod.rs",
        ];
        if code.contains("use diesel::prelude") {
            assert!(is_store || known.contains(&name.as_str()), "{name} queries the database");
        }
    }
}
