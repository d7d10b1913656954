//! attendance: a realtime contact-center server. The map, in reading order.

pub mod clock;
pub mod config;
pub mod ids;
pub mod lang;
pub mod settings;
pub mod text;
pub mod vault;

pub mod store;

pub mod attendants;
pub mod basic;
pub mod bot;
pub mod canned;
pub mod contacts;
pub mod conversations;
pub mod leads;
pub mod messages;
pub mod organizations;
pub mod queues;
pub mod ratings;
pub mod reports;
pub mod skills;
pub mod users;

pub mod actors;
pub mod api;
pub mod attachments;
pub mod audit;
pub mod auth;
pub mod catalog;
pub mod channels;
pub mod floor;
pub mod mail;
pub mod net;
pub mod notifications;
pub mod ops;
pub mod services;
pub mod ws;
