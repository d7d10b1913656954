//! What all actors share: the directory that finds or starts them, the bus that carries events to sockets.

pub mod bus;
pub mod directory;
pub mod sockets;
pub mod timers;
