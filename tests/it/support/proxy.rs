//! A way to a server that can fall silent: connections stay open, nothing passes.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

pub struct Proxy {
    pub port: u16,
    valve: Arc<Valve>,
}

/// Lets through, or holds back.
#[derive(Default)]
struct Valve {
    closed: Mutex<bool>,
    changed: Condvar,
}

impl Valve {
    fn pass(&self) {
        drop(self.changed.wait_while(self.closed.lock().unwrap(), |closed| *closed).unwrap());
    }
}

impl Proxy {
    /// Passes on to a port of this machine.
    pub fn start(to: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let valve = Arc::new(Valve::default());
        let through = valve.clone();
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(("127.0.0.1", to)) else { continue };
                pass(near.try_clone().unwrap(), far.try_clone().unwrap(), through.clone());
                pass(far, near, through.clone());
            }
        });
        Proxy { port, valve }
    }

    /// While silent, nothing passes in either direction. What was held back passes afterwards.
    pub fn silence(&self, silent: bool) {
        *self.valve.closed.lock().unwrap() = silent;
        self.valve.changed.notify_all();
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, valve: Arc<Valve>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            valve.pass();
            if to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        // The other side may be gone already.
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    });
}
