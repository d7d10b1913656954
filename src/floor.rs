//! The floor as it is now: who works, what they have, how long each queue is. Published by the attendant and queue
//! actors, read by whoever decides or shows; nothing here is truth, all of it is rebuilt from rows when actors start.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;

use crate::attendants::Status;
use crate::catalog::{Configuration, QueueEntry};
use crate::clock::Timestamp;
use crate::ids::{QueueId, SessionId, UserId};
use crate::queues::estimate::{Recent, estimate};
use crate::queues::routing::{Candidate, Need, Turn, choose};

/// An attendant now.
#[derive(Debug, Clone, PartialEq)]
pub struct Presence {
    /// `busy` when at full load, whatever they wished.
    pub status: Status,
    pub since: Timestamp,
    /// Offered and active conversations; pending ones wait for the customer and do not count.
    pub active: u32,
    pub idle_since: Timestamp,
    pub last_assigned_at: Option<Timestamp>,
}

/// A queue now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QueueView {
    /// Waiting, in the order in which they will be served.
    pub waiting: Vec<SessionId>,
    /// The turn of each of them.
    pub turns: Vec<Turn>,
    /// Handoffs taken up in the last [`QueueView::WINDOW`].
    pub accepted_recently: u32,
    pub oldest: Option<Timestamp>,
}

impl QueueView {
    /// The stretch over which the service rate is measured.
    pub const WINDOW: Duration = Duration::from_secs(30 * 60);

    /// The position, from 1, of a session in the order of service; of one not seen here yet, where its turn puts it.
    pub fn position(&self, session: SessionId, turn: Turn) -> usize {
        let before = self.waiting.iter().position(|id| *id == session);
        before.unwrap_or_else(|| self.turns.partition_point(|other| *other < turn)) + 1
    }
}

#[derive(Default)]
struct State {
    attendants: RwLock<HashMap<UserId, Presence>>,
    queues: RwLock<HashMap<QueueId, Arc<QueueView>>>,
}

/// The floor; cheap to clone.
#[derive(Clone, Default)]
pub struct Floor(Arc<State>);

impl Floor {
    pub fn publish_attendant(&self, id: UserId, presence: Presence) {
        self.0.attendants.write().insert(id, presence);
    }

    pub fn publish_queue(&self, id: QueueId, view: QueueView) {
        self.0.queues.write().insert(id, Arc::new(view));
    }

    pub fn attendant(&self, id: UserId) -> Option<Presence> {
        self.0.attendants.read().get(&id).cloned()
    }

    pub fn queue(&self, id: QueueId) -> Arc<QueueView> {
        self.0.queues.read().get(&id).cloned().unwrap_or_default()
    }

    /// Members of a queue as the routing rules see them.
    pub fn candidates(&self, configuration: &Configuration, entry: &QueueEntry) -> Vec<Candidate> {
        let live = self.0.attendants.read();
        entry
            .members
            .iter()
            .filter_map(|member| {
                let user = configuration.users.get(&member.user_id)?;
                let presence = live.get(&member.user_id);
                let topics = user.preferences.0.get("topics").and_then(|topics| topics.as_array());
                Some(Candidate {
                    attendant: user.id,
                    name: user.name.clone(),
                    member_active: member.is_active && user.is_active,
                    channels: user.channels.0.clone(),
                    status: presence.map_or(Status::Offline, |presence| presence.status),
                    active: presence.map_or(0, |presence| presence.active),
                    capacity: u32::try_from(member.max_conversations).unwrap_or(0),
                    skills: user.skills.0.clone(),
                    departments: user.department.iter().cloned().collect(),
                    preferences: topics
                        .into_iter()
                        .flatten()
                        .filter_map(|topic| topic.as_str().map(str::to_owned))
                        .collect(),
                    member_priority: i32::try_from(member.priority).unwrap_or(0),
                    idle_since: presence.map_or(user.status_since, |presence| presence.idle_since),
                    last_assigned_at: presence.and_then(|presence| presence.last_assigned_at),
                })
            })
            .collect()
    }

    /// Someone could take it right now.
    pub fn can_serve_now(
        &self,
        configuration: &Configuration,
        entry: &QueueEntry,
        need: &Need,
        now: Timestamp,
    ) -> bool {
        let candidates = self.candidates(configuration, entry);
        choose(need, &candidates, entry.queue.strategy, now).winner.is_some()
    }

    /// Somebody of the queue works now, free or at full load.
    pub fn working(&self, entry: &QueueEntry) -> u32 {
        let live = self.0.attendants.read();
        let working = entry.members.iter().filter(|member| {
            member.is_active
                && live
                    .get(&member.user_id)
                    .is_some_and(|presence| matches!(presence.status, Status::Online | Status::Busy))
        });
        u32::try_from(working.count()).unwrap_or(u32::MAX)
    }

    /// The wait of the one at `position` (from 1); `None` when unknown.
    pub fn estimated_wait(&self, entry: &QueueEntry, position: usize) -> Option<Duration> {
        let recent = Recent {
            completions: self.queue(entry.queue.id).accepted_recently,
            window: QueueView::WINDOW,
            servers_available: self.working(entry),
        };
        estimate(u32::try_from(position).unwrap_or(u32::MAX), &recent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::HandoffId;
    use crate::queues::Priority;
    use crate::queues::routing::AGING;

    #[test]
    fn a_position_counts_from_the_front_in_the_order_of_service() {
        let now = Timestamp::from_secs(1_800_000_000);
        let turn = |priority, minutes: u64| {
            Turn::new(priority, None, now - Duration::from_secs(60 * minutes), HandoffId::new(), AGING)
        };
        let sessions = [SessionId::new(), SessionId::new(), SessionId::new()];
        let turns = vec![turn(Priority::Urgent, 1), turn(Priority::Normal, 4), turn(Priority::Normal, 2)];
        let view = QueueView { waiting: sessions.to_vec(), turns, ..QueueView::default() };
        assert_eq!(view.position(sessions[1], turn(Priority::Low, 0)), 2, "where the queue has it");
        let newcomer = |priority| view.position(SessionId::new(), turn(priority, 0));
        assert_eq!(newcomer(Priority::Normal), 4);
        assert_eq!(newcomer(Priority::High), 2, "before those who are less urgent and have not waited long");
        assert_eq!(newcomer(Priority::Urgent), 2, "after one as urgent that waits longer");
        assert_eq!(QueueView::default().position(SessionId::new(), turn(Priority::Low, 0)), 1);
    }
}
