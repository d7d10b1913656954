//! The guard on outgoing addresses that a person can set (webhooks, media, `api_base_url`, scripts): never into this
//! machine, its network or the cloud's metadata (server-side request forgery). Sends nothing; `channels/http.rs` and
//! the outgoing sockets ask it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Why an address is not called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("not a valid address")]
    NotAUrl,
    #[error("scheme {0} is not http or https")]
    Scheme(String),
    /// They would be kept and shown with the address; credentials have fields of their own.
    #[error("the address carries a user name or password")]
    Credentials,
    #[error("{0} is a private, loopback or reserved address")]
    Address(String),
}

/// Decides which addresses may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Guard {
    /// `security.allow_private_addresses`: opens loopback and private networks, for gateways on the premises.
    /// Link-local (the cloud's metadata), multicast and reserved ranges stay closed.
    pub allow_private: bool,
}

/// IANA special-purpose registries, as of 2025: what is not globally reachable and not merely private.
const RESERVED_V4: [(Ipv4Addr, u32); 10] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Loopback, RFC 1918, carrier-grade NAT (RFC 6598).
const PRIVATE_V4: [(Ipv4Addr, u32); 5] = [
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
];

fn within(ip: Ipv4Addr, ranges: &[(Ipv4Addr, u32)]) -> bool {
    ranges.iter().any(|(network, prefix)| {
        let mask = u32::MAX << (32 - prefix);
        ip.to_bits() & mask == network.to_bits()
    })
}

impl Guard {
    /// Whether a connection may go to `ip`.
    pub fn allows(&self, ip: IpAddr) -> bool {
        match ip {
            IpAddr::V4(ip) => !within(ip, &RESERVED_V4) && (self.allow_private || !within(ip, &PRIVATE_V4)),
            IpAddr::V6(ip) => self.allows_v6(ip),
        }
    }

    fn allows_v6(&self, ip: Ipv6Addr) -> bool {
        let [a, b, c, d, e, f, g, h] = ip.segments();
        let v4 = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
        match (a, b) {
            // ::1 and fc00::/7 are the private ones; the metadata service of AWS lives among the latter.
            _ if ip == Ipv6Addr::LOCALHOST => self.allow_private,
            (0xfd00, 0x0ec2) => false,
            (0xfc00..=0xfdff, _) => self.allow_private,
            // NAT64 and 6to4 carry an IPv4 address, where the packet ends up.
            (0x0064, 0xff9b) if [c, d, e, f] == [0; 4] => self.allows(v4(g, h)),
            (0x2002, _) => self.allows(v4(b, c)),
            // Protocol assignments (Teredo, ORCHID, ...), documentation.
            (0x2001, 0x0000..=0x01ff | 0x0db8) | (0x3fff, 0x0000..=0x0fff) => false,
            // All other global unicast. Outside it: unspecified, IPv4-mapped and -compatible, link-local, multicast,
            // unassigned.
            (0x2000..=0x3fff, _) => true,
            _ => false,
        }
    }

    /// Checks an address as it is stored and again before each call: scheme, no credentials, and the host when it is a
    /// literal IP (in any spelling: `http://0x7f.1/` is 127.0.0.1). Names are checked when they resolve.
    pub fn check(&self, url: &str) -> Result<Url, Refused> {
        let url = Url::parse(url).map_err(|_| Refused::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refused::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        let ip = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            Some(Host::Domain(_)) => None,
            None => return Err(Refused::NotAUrl),
        };
        match ip {
            Some(ip) if !self.allows(ip) => Err(Refused::Address(ip.to_string())),
            _ => Ok(url),
        }
    }

    /// Keeps what may be called of what a name resolved to.
    fn filter(&self, name: &str, found: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, Refused> {
        let allowed: Vec<_> = found.filter(|address| self.allows(address.ip())).collect();
        if allowed.is_empty() { Err(Refused::Address(name.to_owned())) } else { Ok(allowed) }
    }

    /// Resolves a host to the addresses that may be called. Connect to these and nothing else: a name that answers
    /// differently the next time (DNS rebinding) is then never asked again.
    ///
    /// Errors: [`Refused`] when all are closed, or the resolver's own.
    pub async fn resolve_host(
        self,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let found = tokio::net::lookup_host((host, port)).await?;
        Ok(self.filter(host, found)?)
    }
}

/// As reqwest's resolver, the guard sees every name right before the connection.
impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let addresses = guard.resolve_host(name.as_str(), 0).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLOSED: Guard = Guard { allow_private: false };
    const OPEN: Guard = Guard { allow_private: true };

    #[test]
    fn addresses_are_public_private_or_never() {
        for ip in ["8.8.8.8", "100.63.0.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::8.8.8.8", "2002:808:808::1"] {
            let ip = ip.parse().unwrap();
            assert!(CLOSED.allows(ip) && OPEN.allows(ip), "{ip}");
        }
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "::1",
            "fc00::1",
            "fd12::1",
            "64:ff9b::10.0.0.1",
            "2002:a00:1::1",
        ] {
            let ip = ip.parse().unwrap();
            assert!(!CLOSED.allows(ip) && OPEN.allows(ip), "{ip}");
        }
        for ip in [
            "0.0.0.0",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "fe80::1",
            "ff02::1",
            "fd00:ec2::254",
            "2001::1",
            "2001:db8::1",
            "64:ff9b::169.254.169.254",
        ] {
            let ip = ip.parse().unwrap();
            assert!(!CLOSED.allows(ip) && !OPEN.allows(ip), "{ip}");
        }
    }

    #[test]
    fn urls_are_refused_with_the_reason() {
        let address = |ip: &str| Err(Refused::Address(ip.into()));
        for (url, expected) in [
            ("https://graph.facebook.com/v23.0", Ok(())),
            ("http://example.com:8080/x", Ok(())),
            ("ftp://example.com", Err(Refused::Scheme("ftp".into()))),
            ("file:///etc/passwd", Err(Refused::Scheme("file".into()))),
            ("http://user@example.com", Err(Refused::Credentials)),
            ("http://:secret@example.com", Err(Refused::Credentials)),
            ("http://127.0.0.1/", address("127.0.0.1")),
            ("http://2130706433/", address("127.0.0.1")),
            ("http://0x7f.1/", address("127.0.0.1")),
            ("http://0177.0.0.1/", address("127.0.0.1")),
            ("http://[::1]:9000/", address("::1")),
            ("http://[::ffff:10.0.0.1]/", address("::ffff:10.0.0.1")),
            ("http://169.254.169.254/latest/meta-data", address("169.254.169.254")),
            ("example.com", Err(Refused::NotAUrl)),
            ("http://", Err(Refused::NotAUrl)),
        ] {
            assert_eq!(CLOSED.check(url).map(drop), expected, "{url}");
        }
        assert!(OPEN.check("http://127.0.0.1:9000/").is_ok());
        assert!(OPEN.check("http://169.254.169.254/").is_err());
    }

    #[test]
    fn a_name_with_both_kinds_of_address_keeps_the_public_ones() {
        let both = ["10.0.0.1:0".parse().unwrap(), "8.8.8.8:0".parse().unwrap()];
        assert_eq!(CLOSED.filter("mixed", both.into_iter()), Ok(vec!["8.8.8.8:0".parse().unwrap()]));
        assert_eq!(CLOSED.filter("inner", both[..1].iter().copied()), Err(Refused::Address("inner".into())));
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_this_machine_is_refused() {
        let error = CLOSED.resolve_host("localhost", 80).await.unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Refused::Address("localhost".into())));
        assert!(!OPEN.resolve_host("localhost", 80).await.unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_none_reaches_loopback(text in "(https?://)?.*") {
            if let Ok(url) = CLOSED.check(&text) {
                prop_assert!(!matches!(url.host(), Some(Host::Ipv4(ip)) if ip.is_loopback()));
            }
        }

        #[test]
        fn mapped_addresses_are_never_called(bits: u32) {
            prop_assert!(!OPEN.allows(IpAddr::V6(Ipv4Addr::from_bits(bits).to_ipv6_mapped())));
        }
    }
}
