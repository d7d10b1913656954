//! `attendance demo`: a living contact center without internet. A shop of its own in a folder of its own; its customers, some
//! of its attendants and the providers' clouds are played in this process, at the doors that real ones use: signed webhooks,
//! REST, sockets. The product beside them is the real one and knows nothing of it.

mod client;
mod customers;
mod dialogues;
mod floor;
mod folder;
mod page;
mod people;
mod seed;
mod stand_in;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use actix_web::rt;
use anyhow::{Result, ensure};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use self::client::Account;
use self::customers::{Heard, Open};
use self::dialogues::Dialogue;
use self::people::{ADMIN, Customer, STAFF};
use self::seed::Doors;
use self::stand_in::{Meta, Taken};
use super::serve;
use crate::auth::roles::Role;
use crate::config::{Config, Storage};
use crate::services::Services;
use crate::vault::Secret;

/// Opens a living contact center to try.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// How much faster than life, 0.1 to 100.
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// Forgets what happened in earlier demos.
    #[arg(long)]
    pub fresh: bool,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok().filter(|speed| (0.1..=100.0).contains(speed));
    speed.ok_or_else(|| "a number from 0.1 to 100".to_owned())
}

/// What those who play share.
struct Stage {
    services: Services,
    http: reqwest::Client,
    /// Where the server is, from this machine.
    base: String,
    password: Secret,
    doors: Doors,
    meta: Rc<Meta>,
    dialogues: Vec<Rc<Dialogue>>,
    speed: f64,
    /// Conversations of customers who are played, by their names.
    plays: RefCell<HashMap<&'static str, Play>>,
    open: RefCell<Open>,
}

/// One conversation as it is played; cheap to clone.
#[derive(Clone)]
struct Play {
    customer: Rc<Customer>,
    dialogue: Rc<Dialogue>,
    /// Tells two conversations of one customer apart.
    round: usize,
    /// What the attendants have said of it.
    said: Rc<Cell<usize>>,
    voice: mpsc::UnboundedSender<Heard>,
}

impl Stage {
    fn account(&self, email: &'static str) -> Account {
        Account::new(self.http.clone(), self.base.clone(), email, self.password.clone())
    }

    fn scaled(&self, seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds / self.speed)
    }

    /// What a person takes.
    async fn pause(&self, seconds: f64) {
        tokio::time::sleep(self.scaled(seconds)).await;
    }

    async fn type_out(&self, text: &str) {
        self.pause((1.5 + text.chars().count() as f64 * 0.06).min(10.0)).await;
    }

    /// How long somebody waits for another; the server's own time in it is never scaled away.
    fn patience(&self, seconds: f64) -> Duration {
        self.scaled(seconds).max(Duration::from_secs_f64(seconds.min(5.0)))
    }

    fn between(&self, from: f64, to: f64) -> f64 {
        rand::random_range(from..to)
    }

    fn tell(&self, name: &str, heard: Heard) {
        if let Some(play) = self.plays.borrow().get(name) {
            // They may just have left.
            let _ = play.voice.send(heard);
        }
    }

    fn waiting(&self) -> usize {
        let all = self.services.catalog.organizations();
        let queues = all.iter().flat_map(|shop| shop.queues.iter());
        queues.map(|entry| self.services.floor.queue(entry.queue.id).waiting.len()).sum()
    }
}

/// Runs until it is told to stop. Needs a running actix system.
pub async fn main(config: Config, options: Options) -> Result<()> {
    ensure!(
        config.database.url.is_empty(),
        "the demo has a database of its own: start it without DATABASE_URL (database.url)"
    );
    let folder = folder::open(&config.data_dir.join("demo"), options.fresh)?;
    let config = own(config, &folder);
    let dialogues = dialogues::all()?;
    let opened = serve::open(config, page::configure).await?;
    let services = opened.services.clone();
    seed::shop(&services, &folder.password, &dialogues).await?;
    let (graph, provider, taken) = stand_in::start()?;
    let doors = seed::doors(&services, &graph).await?;
    let (http, base) = (client::http()?, local(opened.bound));
    let meta = Rc::new(Meta::new(http.clone(), &base, &doors));
    let dialogues = dialogues.into_iter().map(Rc::new).collect();
    println!("{}", invitation(&services.public_url, &folder.password));
    let stage = Rc::new(Stage {
        services,
        http,
        base,
        password: folder.password.clone(),
        doors,
        meta,
        dialogues,
        speed: options.speed,
        plays: RefCell::default(),
        open: RefCell::default(),
    });
    let playing = rt::spawn(perform(stage, taken));
    // Those who play leave first: nobody knocks at a server that is closing.
    let ended = serve::until_stopped(opened, move || playing.abort()).await;
    provider.stop(false).await;
    ended
}

async fn perform(stage: Rc<Stage>, mut taken: mpsc::UnboundedReceiver<Taken>) {
    let mut cast = JoinSet::new();
    cast.spawn_local(customers::listen(stage.clone()));
    for staff in STAFF.into_iter().filter(|staff| staff.played && staff.role == Role::Attendant) {
        cast.spawn_local(floor::work(stage.clone(), staff));
    }
    cast.spawn_local(customers::arrive(stage.clone()));
    while let Some(message) = taken.recv().await {
        let (meta, clock) = (stage.meta.clone(), stage.services.clock.clone());
        let until = [stage.scaled(stage.between(0.3, 1.2)), stage.scaled(stage.between(2.0, 6.0))];
        cast.spawn_local(async move {
            if let Err(error) = stand_in::report(meta, message, until, || clock.now()).await {
                tracing::debug!(%error, "a receipt of the demo was not taken");
            }
        });
        while cast.try_join_next().is_some() {}
    }
}

/// The configuration with nothing in it that belongs to a real installation, and room for many who play from one address.
fn own(mut config: Config, folder: &folder::Folder) -> Config {
    config.data_dir = folder.path.clone();
    config.security.key_file = Default::default();
    config.security.keys = Secret::default();
    config.storage = Storage::default();
    config.redis = Default::default();
    config.admin = None;
    // The providers' clouds are on this machine.
    config.security.allow_private_addresses = true;
    config.limits.requests_per_second = config.limits.requests_per_second.max(2_000);
    config.limits.request_burst = config.limits.request_burst.max(4_000);
    config.limits.logins_per_minute = config.limits.logins_per_minute.max(120);
    config.webchat.messages_per_minute = config.webchat.messages_per_minute.max(3_000);
    config
}

/// The server's address from this machine.
fn local(bound: SocketAddr) -> String {
    match bound.ip().is_unspecified() {
        true => format!("http://127.0.0.1:{}", bound.port()),
        false => format!("http://{bound}"),
    }
}

fn invitation(url: &str, password: &Secret) -> String {
    let password = password.expose();
    let to_try = STAFF.iter().filter(|staff| !staff.played);
    let logins: String = to_try
        .chain([&ADMIN])
        .map(|staff| {
            let role = match staff.role {
                Role::Admin => "administração / administrator",
                Role::Supervisor => "supervisão / supervisor",
                _ => "atendimento / attendant",
            };
            format!("    {:<24} {password}   {} ({role})\n", staff.email, staff.name)
        })
        .collect();
    format!(
        "
  {shop}: uma central de atendimento viva / a living contact center

    Painel / Console   {url}/
    Loja / Shop        {url}/demo
    API                {url}/api/docs

{logins}
  Em dois minutos:
    1. Entre como Ana, fique online e veja os cartões chegarem.
    2. Aceite uma conversa, responda (o cliente reage) e resolva.
    3. Abra a loja em outra aba, escreva no chat e peça um atendente: você fala com você mesmo.
    4. Entre como Carla e veja o painel: filas, esperas, notas.

  In two minutes:
    1. Log in as Ana, go online and watch the cards arrive.
    2. Take a conversation, answer (the customer reacts) and resolve it.
    3. Open the shop in another tab, write in its chat and ask for a human: you talk to yourself.
    4. Log in as Carla and look at the dashboard: queues, waits, ratings.

  Ctrl-C encerra; na próxima vez continua daqui. / Ctrl-C stops; the next start goes on from here.
",
        shop = people::SHOP,
    )
}
