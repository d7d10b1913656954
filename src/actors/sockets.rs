//! Every open socket of this process, so that it can be closed from outside: shutdown, an ended login, a deactivated
//! person. Not a way to send events; that is the bus.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix::prelude::*;
use parking_lot::RwLock;

use crate::ids::{RecordId, UserId};

/// Ends a socket with this close code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct Close {
    pub code: u16,
    pub reason: &'static str,
}

impl Close {
    /// The server shuts down: come back in a moment.
    pub const GOING_AWAY: Close = Close { code: 1001, reason: "server restarting, reconnect" };
    /// The access token ended: refresh it and come back.
    pub const EXPIRED: Close = Close { code: 4401, reason: "token expired" };
    /// Logged out, deactivated, or no longer allowed.
    pub const REVOKED: Close = Close { code: 4403, reason: "access revoked" };
}

struct Open {
    user: Option<UserId>,
    login: Option<RecordId>,
    socket: Recipient<Close>,
}

#[derive(Default)]
struct Inner {
    open: RwLock<HashMap<u64, Open>>,
    next: AtomicU64,
}

/// The open sockets; cheap to clone.
#[derive(Clone, Default)]
pub struct Sockets(Arc<Inner>);

impl Sockets {
    /// `user` and `login` are none for a visitor's socket. The number takes it out again.
    pub fn add(&self, user: Option<UserId>, login: Option<RecordId>, socket: Recipient<Close>) -> u64 {
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.0.open.write().insert(number, Open { user, login, socket });
        number
    }

    pub fn remove(&self, number: u64) {
        self.0.open.write().remove(&number);
    }

    pub fn len(&self) -> usize {
        self.0.open.read().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn close_all(&self, close: Close) {
        self.close_where(close, |_| true);
    }

    pub fn close_user(&self, user: UserId, close: Close) {
        self.close_where(close, |open| open.user == Some(user));
    }

    pub fn close_login(&self, login: RecordId, close: Close) {
        self.close_where(close, |open| open.login == Some(login));
    }

    fn close_where(&self, close: Close, which: impl Fn(&Open) -> bool) {
        // Collected first: a socket that ends at once takes itself out.
        let chosen: Vec<Recipient<Close>> =
            self.0.open.read().values().filter(|open| which(open)).map(|open| open.socket.clone()).collect();
        for socket in chosen {
            socket.do_send(close);
        }
    }
}
