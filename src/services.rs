//! What handlers and actors are given: one struct, no globals. Built once at start; cheap to clone.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::prelude::*;

use crate::actors::bus::Bus;
use crate::actors::directory::{Directory, Only};
use crate::actors::sockets::{Close, Sockets};
use crate::actors::timers::{self, TimersActor};
use crate::attachments::Signer;
use crate::attachments::download::{self, MediaActor};
use crate::attendants::actor::{self as attendant, AttendantActor};
use crate::auth::jwt::KeyRing;
use crate::auth::sessions::Revoked;
use crate::auth::store::families_revoked_since;
use crate::bot::runs::actor::{self as runs, RunsActor};
use crate::catalog::Catalog;
use crate::channels::delivery::{self, DeliveryActor};
use crate::channels::http::Http;
use crate::channels::router::{Arrived, Backlog, ChannelRouter, Place};
use crate::channels::templates::Remembered;
use crate::channels::web::hub::Hub;
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::conversations::actor::{ConversationActor, place_unqueued};
use crate::floor::Floor;
use crate::queues::actor::{QueueActor, Recheck};
use crate::store::{InboxRow, Store, StoreError, outbox};
use crate::vault::Vault;

/// Everything the product is made of, by reference.
#[derive(Clone)]
pub struct Services(Arc<Inner>);

pub struct Inner {
    pub config: Config,
    pub clock: Clock,
    pub store: Store,
    pub catalog: Catalog,
    pub floor: Floor,
    pub bus: Bus,
    pub http: Http,
    pub vault: Arc<Vault>,
    /// Keys of access tokens; replaced when rotated.
    pub keys: parking_lot::RwLock<Arc<KeyRing>>,
    /// Logins ended before their access tokens.
    pub revoked: Revoked,
    /// Every open socket, to close it from outside.
    pub sockets: Sockets,
    pub backlog: Backlog,
    /// Signs addresses of files.
    pub signer: Signer,
    /// Signs what wakes browsers; see `notifications::sender::keys`.
    pub push_keys: tokio::sync::OnceCell<crate::notifications::push::Keys>,
    /// Open sockets of web visitors.
    pub visitors: Hub,
    pub templates: Remembered,
    /// Where people and providers reach us, without a slash at the end.
    pub public_url: String,
    live: OnceLock<LiveObjects>,
}

/// The actors; they hold [`Services`] themselves, so they come after it.
struct LiveObjects {
    conversations: Directory<ConversationActor>,
    queues: Directory<QueueActor>,
    attendants: Directory<AttendantActor>,
    deliveries: Directory<DeliveryActor>,
    timers: Directory<TimersActor>,
    router: Directory<ChannelRouter>,
    media: Directory<MediaActor>,
    runs: Directory<RunsActor>,
}

impl std::ops::Deref for Services {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// What [`Services::new`] is built from.
pub struct Parts {
    pub config: Config,
    pub clock: Clock,
    pub store: Store,
    pub catalog: Catalog,
    pub bus: Bus,
    pub http: Http,
    pub vault: Arc<Vault>,
    pub keys: KeyRing,
    pub public_url: String,
}

impl Services {
    /// Starts the actors on arbiters of their own, beside the HTTP workers.
    pub fn new(parts: Parts, arbiters: usize) -> Self {
        let Parts { config, clock, store, catalog, bus, http, vault, keys, public_url } = parts;
        let services = Services(Arc::new(Inner {
            config,
            clock,
            store,
            catalog,
            floor: Floor::default(),
            bus,
            http,
            vault,
            keys: parking_lot::RwLock::new(Arc::new(keys)),
            revoked: Revoked::default(),
            sockets: Sockets::default(),
            backlog: Backlog::default(),
            signer: Signer::default(),
            push_keys: tokio::sync::OnceCell::new(),
            visitors: Hub::default(),
            templates: Remembered::default(),
            public_url,
            live: OnceLock::new(),
        }));
        let sockets = services.sockets.clone();
        services.revoked.tell(move |login| sockets.close_login(login, Close::REVOKED));
        let arbiters: Arc<Vec<ArbiterHandle>> =
            Arc::new((0..arbiters.max(1)).map(|_| Arbiter::new().handle()).collect());
        let s = services.clone();
        let conversations =
            Directory::new(arbiters.clone(), move |id, obituary| ConversationActor::new(id, s.clone(), obituary));
        let s = services.clone();
        let queues = Directory::new(arbiters.clone(), move |id, obituary| QueueActor::new(id, s.clone(), obituary));
        let s = services.clone();
        let attendants =
            Directory::new(arbiters.clone(), move |id, obituary| AttendantActor::new(id, s.clone(), obituary));
        let s = services.clone();
        let deliveries =
            Directory::new(arbiters.clone(), move |id, obituary| DeliveryActor::new(id, s.clone(), obituary));
        let beside = Arc::new(vec![Arbiter::new().handle()]);
        let s = services.clone();
        let timers = Directory::new(beside.clone(), move |Only, obituary| TimersActor::new(s.clone(), obituary));
        let s = services.clone();
        let router = Directory::new(beside.clone(), move |Only, obituary| ChannelRouter::new(s.clone(), obituary));
        let s = services.clone();
        let media = Directory::new(beside, move |Only, obituary| MediaActor::new(s.clone(), obituary));
        // Of their own: a script that computes for long holds up nobody's timers.
        let alone = Arc::new(vec![Arbiter::new().handle()]);
        let (s, shared) = (services.clone(), Arc::default());
        let runs =
            Directory::new(alone, move |Only, obituary| RunsActor::new(s.clone(), Arc::clone(&shared), obituary));
        let live = LiveObjects { conversations, queues, attendants, deliveries, timers, router, media, runs };
        // Set once, here.
        let _ = services.0.live.set(live);
        services
    }

    #[expect(clippy::expect_used, reason = "set in `new`, before any actor handles a message")]
    fn live(&self) -> &LiveObjects {
        self.0.live.get().expect("live objects are set when services are made")
    }

    pub fn conversations(&self) -> &Directory<ConversationActor> {
        &self.live().conversations
    }

    pub fn queues(&self) -> &Directory<QueueActor> {
        &self.live().queues
    }

    pub fn attendants(&self) -> &Directory<AttendantActor> {
        &self.live().attendants
    }

    pub fn deliveries(&self) -> &Directory<DeliveryActor> {
        &self.live().deliveries
    }

    pub fn timers(&self) -> &Directory<TimersActor> {
        &self.live().timers
    }

    pub fn router(&self) -> &Directory<ChannelRouter> {
        &self.live().router
    }

    pub fn media(&self) -> &Directory<MediaActor> {
        &self.live().media
    }

    pub fn runs(&self) -> &Directory<RunsActor> {
        &self.live().runs
    }

    /// Takes up what earlier runs left: unfinished inbox and outbox, due timers, waiting handoffs, presence.
    pub async fn resume(&self) -> Result<(), StoreError> {
        self.signer.load(self).await?;
        // Access tokens of logins that ended shortly before a restart are still unexpired.
        let lifetime = Duration::from_secs(self.config.security.access_token_seconds);
        let since = self.clock.now() - lifetime;
        for (family, at) in self.store.read("token.revoked", move |db| Ok(families_revoked_since(db, since)?)).await? {
            self.revoked.revoke(family, at);
        }
        self.media().wake(Only);
        self.router().wake(Only);
        self.timers().wake(Only);
        self.runs().wake(Only);
        for channel in self.store.read("outbox.channels", |db| Ok(outbox::channels_waiting(db)?)).await? {
            self.deliveries().notify(channel, delivery::Work(Vec::new()));
        }
        for configuration in self.catalog.organizations() {
            for user in configuration.users.values().filter(|user| user.is_active) {
                self.attendants().notify(user.id, attendant::Reconsider);
            }
            for entry in &configuration.queues {
                self.queues().notify(entry.queue.id, Recheck);
            }
            place_unqueued(self, configuration.organization.id).await?;
        }
        Ok(())
    }

    /// A timer has been stored for this time.
    pub fn wake_at(&self, at: Timestamp) {
        self.timers().notify(Only, timers::Set(at));
    }

    /// Something may have begun a script that runs by itself.
    pub fn look_at_runs(&self) {
        self.runs().notify(Only, runs::Look);
    }

    /// A message with files at the provider has been stored.
    pub fn fetch_media(&self) {
        self.media().notify(Only, download::Work);
    }

    /// A body that is durable already. Bounded by the places of the backlog.
    pub fn arrived(&self, row: InboxRow, place: Place) {
        self.router().notify(Only, Arrived(row, place));
    }

    /// Takes a webhook body; returns once it is durable. Bounded by the places of the backlog.
    ///
    /// The router works on it while it is being stored, which saves a commit's time. Whatever marks it goes through the
    /// same writer after it; one that was worked through but could not be stored is refused, and a repeat when the provider
    /// brings it again.
    pub async fn receive(&self, row: InboxRow, place: Place) -> Result<(), StoreError> {
        let stored = self.store.intake(row.clone())?;
        self.arrived(row, place);
        stored.await
    }
}
