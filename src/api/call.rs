//! A call that will leave a line in the audit: the caller, and from where.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};

use super::caller::Caller;
use super::problem::Problem;
use crate::audit::Line;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::ids::AnyId;
use crate::services::Services;

/// [`Caller`] with the address of the call.
#[derive(Clone)]
pub struct Call {
    pub caller: Caller,
    pub address: Option<String>,
    pub now: Timestamp,
}

impl std::ops::Deref for Call {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Call {
    /// An audit line of something this call changes; stored with the change, in its transaction.
    pub fn line(&self, action: &'static str, kind: &'static str, subject: impl std::fmt::Display) -> Line {
        Line::new(self.organization(), self.now, action, kind)
            .by(AnyId(self.user.id.0))
            .about(subject)
            .from(self.address.clone())
    }
}

impl FromRequest for Call {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload);
        let services = request.app_data::<Data<Services>>().cloned();
        let request = request.clone();
        Box::pin(async move {
            let services = services.ok_or_else(|| Problem::internal("no services"))?;
            let address = client_address(&request, &services.config).map(|address| address.to_string());
            Ok(Call { caller: caller.await?, address, now: services.clock.now() })
        })
    }
}

/// Who called: the peer, or what a trusted proxy says (`server.trusted_proxies`): the last address of
/// `X-Forwarded-For` that is not itself a trusted proxy.
pub fn client_address(request: &HttpRequest, config: &Config) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let trusted = |ip: &IpAddr| config.server.trusted_proxies.iter().any(|network| network.contains(ip));
    if !trusted(&peer) {
        return Some(peer);
    }
    let mut hops: Vec<&str> = Vec::new();
    for value in request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok()) {
        hops.extend(value.split(',').map(str::trim));
    }
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        // Beyond what is no address, nothing can be believed.
        let Ok(ip) = hop.trim_matches(['[', ']']).parse::<IpAddr>() else { break };
        client = ip.to_canonical();
        if !trusted(&client) {
            break;
        }
    }
    Some(client)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn address(peer: &str, forwarded: &str) -> String {
        let mut config = Config::default();
        config.server.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        let request = TestRequest::default()
            .peer_addr(format!("{peer}:1234").parse().unwrap())
            .insert_header(("x-forwarded-for", forwarded))
            .to_http_request();
        client_address(&request, &config).unwrap().to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(address("203.0.113.9", "198.51.100.1"), "203.0.113.9");
        assert_eq!(address("10.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(address("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2"), "198.51.100.1", "the caller wrote 1.2.3.4");
        assert_eq!(address("10.0.0.1", "rubbish"), "10.0.0.1");
    }
}
