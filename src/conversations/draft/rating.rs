//! The customer's rating where there is no form for it: asked for with the words that end a handoff, and taken from the first
//! message after it.

use super::{Draft, InboundMessage};
use crate::conversations::Status;
use crate::ratings::store::Rating;
use crate::ratings::{ASKED_FOR, Scale, thanks};

impl Draft<'_> {
    /// The question to ask at the end of a handoff. The widget has its own form; whom nobody served is not asked.
    pub(super) fn question(&self) -> Option<&'static str> {
        let served = self.next.handoff.as_ref().is_some_and(|handoff| handoff.accepted_at.is_some());
        if !served || self.around.channel.adapter.is_none() {
            return None;
        }
        Some(Scale::asked(self.around.bot.settings.attendance.csat)?.question(self.lang))
    }

    /// The rating that a message gives, when it is the first since the question and answers it.
    pub(super) fn rating(&self, arrived: &InboundMessage) -> Option<Rating> {
        self.question()?;
        let scale = Scale::asked(self.around.bot.settings.attendance.csat)?;
        let (session, handoff) = (&self.next.session, self.next.handoff.as_ref()?);
        let ended = handoff.resolved_at.filter(|_| session.status == Status::Resolved)?;
        // Nobody has written since, but the product itself.
        if session.last_message_at > ended || self.around.now.since(ended) > ASKED_FOR {
            return None;
        }
        let (score, comment) = scale.answer(&arrived.text)?;
        Rating::of(&self.next, scale, score, comment, self.around.now)
    }

    /// Keeps it, and says thanks.
    pub(super) fn rate(&mut self, rating: Rating) {
        self.rows.events.extend(rating.told());
        self.rows.rating = Some(rating);
        self.say_system(thanks(self.lang).to_owned());
    }
}
