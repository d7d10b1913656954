//! The command line's tools for bots, as who writes bots uses them.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::json;

use crate::support::Backend;
use crate::support::server::Server;
use crate::support::world::{Customer, World};

scenarios! {
    a_general_bot_is_imported_and_a_second_time_changes_nothing,
    a_sample_bot_is_installed_by_one_command_and_answers,
}

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Ends, and what it printed.
fn ended(output: Output) -> (bool, String) {
    let printed = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.success(), printed)
}

/// Imports into a running server, told in English.
fn import(server: &Server, folder: &str, more: &[&str]) -> (bool, String) {
    let mut command = server.command();
    command.args(["import", &format!("{ROOT}/{folder}"), "--url", &server.base, "--lang", "en"]).args(more);
    ended(command.output().unwrap())
}

async fn a_general_bot_is_imported_and_a_second_time_changes_nothing(backend: Backend) {
    let world = World::new(backend).await;
    let folder = "tests/fixtures/general-bots/padaria.gbai";
    let (fine, printed) = import(&world.server, folder, &[]);
    assert!(!fine, "{printed}");
    for part in [
        "bot padaria",
        "padaria.gbdialog/tarefas/fecha-caixa.bas:4:1: error: GENERATE PDF",
        "fecha-caixa.bas: has errors, left out",
        "padaria.gbdialog/start.bas:2:1: warning: USE KB is not available yet",
        "start: version 1 published",
        "encomenda: version 1 published",
        "config.csv:4: episodic-memory-threshold: unknown name",
        "2 accepted of ",
        "padaria.gbkb: knowledge bases are not imported yet (1 files)",
        "padaria.gbtheme: not known, left out",
        "2 things were not taken",
    ] {
        assert!(printed.contains(part), "{part} is not in\n{printed}");
    }
    let bots = world.admin.get("/api/bots").await.ok();
    let bot = bots["items"].as_array().unwrap().iter().find(|bot| bot["name"] == "padaria").unwrap();
    let path = format!("/api/bots/{}/scripts", bot["id"].as_str().unwrap());
    let scripts = world.admin.get(&path).await.ok();
    let names: Vec<_> = scripts["items"].as_array().unwrap().iter().map(|script| script["name"].clone()).collect();
    assert_eq!(names, [json!("encomenda"), json!("start")]);
    assert_eq!(bot["settings"]["bot-greeting"], "Olá! Aqui é a Padaria do Largo.", "{bot}");

    let (fine, again) = import(&world.server, folder, &[]);
    assert!(!fine && again.contains("start: unchanged (version 1)"), "{again}");
    assert_eq!(world.admin.get(&path).await.ok(), scripts);
    let bots = world.admin.get("/api/bots").await.ok();
    assert_eq!(bots["items"].as_array().unwrap().iter().filter(|bot| bot["name"] == "padaria").count(), 1);
    let users = world.admin.get("/api/users?limit=200").await.ok();
    let named = |name: &str| users["items"].as_array().unwrap().iter().filter(|user| user["name"] == name).count();
    assert_eq!((named("Lúcia Ramos"), named("Davi Nogueira")), (1, 1));
}

async fn a_sample_bot_is_installed_by_one_command_and_answers(backend: Backend) {
    let mut world = World::new(backend).await;
    let (fine, printed) = import(&world.server, "config/bots/recepcao", &["--bot", "Recepção"]);
    assert!(fine && printed.contains("start: version 1 published"), "{printed}");
    let customer = Customer::new("Marina Prado");
    world.writes(&customer, "oi").await;
    world.graph.wait_for("Marina! Aqui é a assistente virtual da Loja Aurora.").await;

    // The same bot, out of the database, in the terminal.
    let mut command = world.server.command();
    command.args(["bot", "chat", "recepção", "--lang", "en"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b":line\nquero falar com uma pessoa\n:quit\n").unwrap();
    let (fine, printed) = ended(child.wait_with_output().unwrap());
    assert!(fine && printed.contains("Aqui é a assistente virtual da Loja Aurora."), "{printed}");
    assert!(printed.contains("(transfer -, -, o cliente pediu: \"pessoa\")"), "{printed}");

    let (fine, printed) = import(&world.server, "docs", &[]);
    assert!(!fine && printed.contains("no .bas, config.csv or attendant.csv in"), "{printed}");
}

/// Without a server; the folder it runs in holds nothing else.
fn tool(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attendance"));
    command.current_dir(folder).env_remove("DATABASE_URL").env("ATTENDANCE__DATA_DIR", folder.join("data"));
    ended(command.args(arguments).stdin(Stdio::null()).output().unwrap())
}

#[test]
fn scripts_and_dialogues_are_checked_without_a_database_and_the_exit_status_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("start.bas", "TALK \"Nome?\"\nHEAR n\nTALK \"Oi, \" + n");
    write("start.dialog", "> oi\n< Nome?\n> Ana\n< Oi, Ana\n");
    let bot = |arguments: &[&str]| tool(folder.path(), &[&["bot"], arguments, &["--lang", "en"]].concat());
    assert_eq!(bot(&["check", "."]), (true, "1 scripts, 0 errors, 0 warnings\n".to_owned()));
    assert_eq!(bot(&["test", "start.dialog"]), (true, "ok start.dialog (1)\n1 dialogues, 0 failed\n".to_owned()));
    let (fine, printed) = bot(&["chat", "."]);
    assert!(fine && printed.contains("  Nome?\n"), "{printed}");

    write("start.bas", "TALK \"Nome?\"\nHEAR n\nTALKK n");
    let (fine, printed) = bot(&["check", "start.bas"]);
    assert!(!fine && printed.contains("start.bas:3:1: error: I do not know the statement TALKK (did you mean TALK?)"));
    let (fine, printed) = bot(&["test", "."]);
    assert!(!fine && printed.contains("start.bas:3:1: error") && printed.contains("1 failed"), "{printed}");
    assert!(!bot(&["chat", "."]).0);

    for (arguments, said) in [
        (["check", "none"], "none is not there"),
        (["test", "start.bas"], "start.bas:1: I do not know \"TALK\""),
        (["chat", "Recepção"], "there is no folder Recepção, and no database with a bot of that name"),
    ] {
        let (fine, printed) = bot(&arguments);
        assert!(!fine && printed.contains(said), "{said} is not in\n{printed}");
    }
    assert!(!folder.path().join("data").exists(), "no tool makes a database");
}
