//! The database goes away while people work: whoever cannot be served is told to come back, nothing acknowledged is lost,
//! and nobody has to start the server again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;

use crate::support::graph::Turn;
use crate::support::proxy::Proxy;
use crate::support::socket::Socket;
use crate::support::world::{Customer, World, insist, sign, text_webhook, try_post_signed};
use crate::support::{Backend, api, postgres, run};

#[test]
fn cut_connections_under_load_lose_nothing() {
    run(Backend::Postgres, async |_| {
        let mut world = World::new(Backend::Postgres).await;
        let talk = world.talking("Ana Souza").await;
        let database = world.server.database_url.clone().unwrap();
        let url = world.webhook_url();
        let customers: Vec<Customer> = (0..8).map(|n| Customer::new(&format!("Cliente {n}"))).collect();
        let stop = AtomicBool::new(false);
        let writing = join_all(customers.iter().enumerate().map(async |(who, customer)| {
            let mut n = 0;
            while !stop.load(Ordering::SeqCst) {
                let body = text_webhook(customer, &format!("wamid.F{who}-{n}"), &format!("mensagem {n}"));
                match try_post_signed(&url, &body).await.expect("the server stays") {
                    200 => n += 1,
                    503 => {}
                    status => panic!("{status}"),
                }
            }
            n
        }));
        let replying = async {
            let path = format!("/api/sessions/{}/messages", talk.session);
            let mut n = 0;
            while !stop.load(Ordering::SeqCst) {
                let body = json!({"client_id": format!("r-{n}"), "text": format!("resposta {n}")});
                let answer = talk.attendant.api.post(&path, body).await;
                match answer.status {
                    200..300 => n += 1,
                    503 => assert!(answer.headers.contains_key("retry-after")),
                    status => panic!("{status} {}", answer.text),
                }
            }
            n
        };
        let cutting = async {
            for _ in 0..6 {
                let cut = database.clone();
                tokio::task::spawn_blocking(move || postgres::cut_connections(&cut)).await.unwrap();
                // Served again before the next cut.
                let fresh = Customer::new("Entre cortes");
                insist(&url, &text_webhook(&fresh, &format!("wamid.E{}", fresh.phone), "oi")).await;
            }
            stop.store(true, Ordering::SeqCst);
        };
        let (written, replied, ()) = tokio::join!(writing, replying, cutting);
        world.settled().await;
        for (customer, written) in customers.iter().zip(written) {
            let heard = world.heard(customer).await;
            let expected: Vec<String> = (0..heard.len()).map(|n| format!("mensagem {n}")).collect();
            assert_eq!(heard, expected, "each once and in order");
            assert_eq!(heard.len(), written);
        }
        let sent = world.graph.texts();
        assert!(replied > 0);
        for n in 0..replied {
            assert!(sent.contains(&format!("resposta {n}")), "resposta {n} was never sent");
        }
        let ids: Vec<String> = world.messages(&talk.session).await.iter().map(|m| m["client_id"].to_string()).collect();
        for n in 0..replied {
            assert_eq!(ids.iter().filter(|id| **id == format!("\"r-{n}\"")).count(), 1, "resposta {n}");
        }
    });
}

#[test]
fn a_database_that_is_away_is_a_503_and_comes_back_by_itself() {
    run(Backend::Postgres, async |_| {
        let mut world = World::new(Backend::Postgres).await;
        let talk = world.talking("Ana Souza").await;
        let database = world.server.database_url.clone().unwrap();
        let last_seq = *talk.console.seqs().last().unwrap();
        // One message is at the provider while the database goes.
        world.graph.script([Turn::Dawdle(Duration::from_millis(1500))]);
        let underway = talk.attendant.say(&talk.session, "a caminho").await;
        world.graph.wait_for("a caminho").await;
        postgres::allow_connections(&database, false);
        postgres::cut_connections(&database);

        let marina = Customer::new("Marina Prado");
        let body = text_webhook(&marina, "wamid.AWAY", "tem alguém aí?");
        let refused = api::client()
            .post(world.webhook_url())
            .header("x-hub-signature-256", sign(&body))
            .body(body.clone())
            .send()
            .await
            .unwrap();
        assert_eq!(refused.status(), 503);
        assert!(refused.headers().contains_key("retry-after"));
        let path = format!("/api/sessions/{}/messages", talk.session);
        let reply = json!({"client_id": "away-1", "text": "já respondo"});
        for answer in [talk.attendant.api.post(&path, reply.clone()).await, talk.attendant.api.get(&path).await] {
            assert_eq!(answer.status, 503, "{}", answer.text);
            assert!(answer.headers.contains_key("retry-after"));
            assert_eq!(answer.body["code"], "database_unavailable");
        }
        assert_eq!(talk.attendant.api.get("/healthz").await.status, 200);
        assert_eq!(talk.attendant.api.get("/readyz").await.status, 503);
        let report = world.admin.get("/api/health").await;
        assert!(report.status == 503 || report.body["status"] == "down", "{}", report.text);

        postgres::allow_connections(&database, true);
        talk.attendant.api.ready().await;
        assert_eq!(world.webhook(&body).await, 200);
        let answer = talk.attendant.api.post(&path, reply).await.ok();
        world.settled().await;
        assert_eq!(world.heard(&marina).await, ["tem alguém aí?"]);
        assert_eq!(world.graph.texts().iter().filter(|text| *text == "a caminho").count(), 1, "sent once");
        let messages = world.messages(&talk.session).await;
        for message in [&underway, &answer] {
            let stored = messages.iter().find(|stored| stored["id"] == message["id"]).unwrap();
            assert_eq!(stored["status"], "sent", "{stored}");
        }
        // Screens get what happened: the same socket, or a new one that resumes.
        let mut console = Socket::attendant(&talk.attendant.api).await;
        console.send(json!({"type": "resume", "last_seq": last_seq})).await;
        console.wait("message_created", |event| event["message"]["client_id"] == "away-1").await;
    });
}

#[test]
fn a_database_that_says_nothing_does_not_hang_us() {
    run(Backend::Postgres, async |_| {
        let proxy = Proxy::start(postgres::port());
        let world = World::on(postgres::fresh_database_through(proxy.port)).await;
        let marina = Customer::new("Marina Prado");
        world.writes(&marina, "antes").await;
        world.settled().await;
        proxy.silence(true);
        let started = Instant::now();
        let body = text_webhook(&marina, "wamid.SILENCE", "durante");
        assert_eq!(try_post_signed(&world.webhook_url(), &body).await, Some(503));
        assert!(started.elapsed() < Duration::from_secs(35), "{:?}", started.elapsed());
        assert_eq!(world.admin.get("/healthz").await.status, 200);
        proxy.silence(false);
        insist(&world.webhook_url(), &body).await;
        world.settled().await;
        assert_eq!(world.heard(&marina).await, ["antes", "durante"]);
    });
}

#[test]
fn a_full_disk_is_a_503_until_there_is_room_again() {
    let Some(disk) = SmallDisk::mount() else {
        println!("left out: mounting a small disk needs root");
        return;
    };
    run(Backend::Sqlite, async |_| {
        let folder = disk.folder.path().join("data");
        let world =
            World::with(Backend::Sqlite, &[("ATTENDANCE__DATA_DIR", folder.to_str().unwrap())], json!({})).await;
        let marina = Customer::new("Marina Prado");
        world.writes(&marina, "antes").await;
        world.settled().await;
        disk.fill();
        // What little room is left is used up; from then on nothing is acknowledged.
        let mut taken = 0;
        let padding = "x".repeat(20_000);
        let refused = loop {
            let body = text_webhook(&marina, &format!("wamid.D{taken}"), &format!("{taken} {padding}"));
            match try_post_signed(&world.webhook_url(), &body).await.unwrap() {
                200 => taken += 1,
                status => break status,
            }
            assert!(taken < 2_000, "the disk never filled");
        };
        assert_eq!(refused, 503);
        assert_eq!(world.admin.get("/healthz").await.status, 200);
        // Reading goes on.
        assert_eq!(world.admin.get("/api/sessions").await.status, 200);
        disk.empty();
        insist(&world.webhook_url(), &text_webhook(&marina, "wamid.AFTER", "depois")).await;
        world.settled().await;
        let heard: Vec<String> =
            world.heard(&marina).await.iter().map(|text| text.split(' ').next().unwrap().to_owned()).collect();
        let numbers: Vec<String> = (0..taken).map(|n| n.to_string()).collect();
        assert_eq!(heard[0], "antes");
        assert_eq!(heard[1..=taken], numbers);
        assert_eq!(heard.last().unwrap(), "depois");
    });
}

/// A disk of a few megabytes, gone with this value.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    fn mount() -> Option<SmallDisk> {
        let folder = tempfile::tempdir().unwrap();
        let mount = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"])
            .arg(folder.path())
            .output();
        mount.is_ok_and(|output| output.status.success()).then_some(SmallDisk { folder })
    }

    fn filler(&self) -> std::path::PathBuf {
        self.folder.path().join("filler")
    }

    fn fill(&self) {
        use std::io::Write;
        let mut file = std::fs::File::create(self.filler()).unwrap();
        while file.write_all(&[1; 4096]).is_ok() {}
    }

    fn empty(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A folder that stays mounted would only be left over in /tmp.
        let _ = std::process::Command::new("umount").arg("-l").arg(self.folder.path()).output();
    }
}
