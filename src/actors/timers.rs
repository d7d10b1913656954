//! Wakes conversations whose time has come. Timers are rows; this actor sleeps until the earliest and looks again when a
//! nearer one is set. Those that came due while the process was away fire at start.

use std::time::Duration;

use actix::prelude::*;

use super::directory::{Live, Obituary, Only};
use crate::clock::Timestamp;
use crate::conversations::actor::{ConversationError, Wake};
use crate::conversations::lifecycle::Timer;
use crate::services::Services;
use crate::store::timers::{self, TimerRow};

/// Rows looked at in one go.
const PAGE: i64 = 200;
/// Looks again at least this often: another node may have set one.
const AT_LEAST_EVERY: Duration = Duration::from_secs(30);
const RETRY: Duration = Duration::from_secs(1);

/// A timer was set for this time.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Set(pub Timestamp);

pub struct TimersActor {
    services: Services,
    planned: Timestamp,
    handle: Option<SpawnHandle>,
    looking: bool,
    _obituary: Obituary<Self>,
}

impl Live for TimersActor {
    type Id = Only;
    const NAME: &'static str = "timers";
    const MAILBOX: usize = 1024;
    const RETURNS: bool = true;
}

impl TimersActor {
    pub fn new(services: Services, obituary: Obituary<Self>) -> Self {
        TimersActor { services, planned: Timestamp::ZERO, handle: None, looking: false, _obituary: obituary }
    }

    fn plan(&mut self, at: Timestamp, ctx: &mut Context<Self>) {
        if let Some(handle) = self.handle.take() {
            ctx.cancel_future(handle);
        }
        self.planned = at;
        let pause = at.since(self.services.clock.now());
        self.handle = Some(ctx.run_later(pause, |actor, ctx| {
            actor.handle = None;
            actor.look(ctx);
        }));
    }

    fn look(&mut self, ctx: &mut Context<Self>) {
        if self.looking {
            return;
        }
        self.looking = true;
        let services = self.services.clone();
        let work = async move { serve(&services).await };
        ctx.spawn(work.into_actor(self).map(|next, actor, ctx| {
            actor.looking = false;
            actor.plan(next, ctx);
        }));
    }
}

/// Wakes everyone who is due; when to look again.
async fn serve(services: &Services) -> Timestamp {
    loop {
        let now = services.clock.now();
        let Ok(rows) = services.store.read("timers.next", |db| Ok(timers::next(db, PAGE)?)).await else {
            return now + RETRY;
        };
        let (due, later): (Vec<TimerRow>, Vec<TimerRow>) = rows.into_iter().partition(|row| row.due_at <= now);
        let next = later.first().map_or(now + AT_LEAST_EVERY, |row| row.due_at.min(now + AT_LEAST_EVERY));
        if due.is_empty() {
            return next;
        }
        let mut failed = false;
        for row in due {
            metrics::histogram!("attendance_timer_lag_seconds").record(now.since(row.due_at));
            failed |= !wake(services, row).await;
        }
        if failed {
            return services.clock.now() + RETRY;
        }
    }
}

async fn wake(services: &Services, row: TimerRow) -> bool {
    let served = match Timer::parse(&row.kind) {
        Some(timer) => match services.conversations().tell(row.subject_id, Wake(timer)).await {
            Ok(Err(ConversationError::Store(error))) if error.is_unavailable() => false,
            // Refused is served too: the conversation has moved on.
            Ok(_) => true,
            Err(_) => false,
        },
        None => true,
    };
    served && services.store.write("timers.served", move |tx| Ok(timers::served(tx.db, &row)?)).await.is_ok()
}

impl Actor for TimersActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.look(ctx);
    }
}

impl Handler<Set> for TimersActor {
    type Result = ();

    fn handle(&mut self, Set(at): Set, ctx: &mut Self::Context) {
        if self.handle.is_none() && !self.looking {
            self.look(ctx);
        } else if self.handle.is_some() && at < self.planned {
            self.plan(at, ctx);
        } else if self.looking {
            // The look under way may have missed it: it plans anew when done, at the latest then.
            self.planned = self.planned.min(at);
            ctx.notify_later(Set(at), Duration::from_millis(50));
        }
    }
}
