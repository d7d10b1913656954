//! Ratings: what a customer thought of one handoff (CSAT, 1 to 5). Not who may be asked, which is the bot's settings.

pub mod store;
