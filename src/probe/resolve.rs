//! The addresses of a name, A and AAAA apart, as this machine's own resolver gives them to every driver.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use dns_lookup::{AddrFamily, AddrInfoHints, LookupErrorKind, SockType, getaddrinfo};

use super::{Failure, Part, Refusal, Resolve};

/// Most addresses of one family that are kept.
const MAX_ADDRESSES: usize = 16;

/// Where to connect, best first.
pub struct Resolved {
    /// What to report.
    pub part: Part<Resolve>,
    /// The addresses to try, in order.
    pub addresses: Vec<SocketAddr>,
    /// Why there is none.
    pub failure: Option<Failure>,
}

/// Resolves a name, or takes the literal address that stands in its place.
pub async fn run(host: &str, hostaddr: Option<&str>, port: u16, timeout: Duration) -> Resolved {
    if let Some(address) = hostaddr {
        return match address.parse::<IpAddr>() {
            Ok(ip) => literal(ip, port, "hostaddr is given, so the name is not resolved"),
            Err(_) => failed(Refusal::ResolverFailed, "hostaddr is not an IP address".to_owned()),
        };
    }
    let unbracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    if let Ok(ip) = unbracketed.parse::<IpAddr>() {
        return literal(ip, port, "the host is an address");
    }
    let started = Instant::now();
    let (v4, v6) = tokio::join!(lookup(host, AddrFamily::Inet, timeout), lookup(host, AddrFamily::Inet6, timeout));
    let elapsed = started.elapsed();
    judge(host, port, v4, v6, elapsed, has_route)
}

/// What a lookup for one family came to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Lookup {
    Found(Vec<IpAddr>),
    /// The name has no address of this family.
    NoData,
    /// The resolver failed.
    Failed(String),
}

async fn lookup(host: &str, family: AddrFamily, timeout: Duration) -> Lookup {
    let host = host.to_owned();
    // getaddrinfo blocks; a thread that is stuck in it is abandoned when the process ends.
    let asked = tokio::task::spawn_blocking(move || {
        let hints = AddrInfoHints { socktype: SockType::Stream.into(), address: family.into(), ..Default::default() };
        getaddrinfo(Some(&host), None, Some(hints)).map(|found| {
            let mut addresses: Vec<IpAddr> = Vec::new();
            for ip in found.filter_map(Result::ok).map(|info| info.sockaddr.ip()) {
                if addresses.len() < MAX_ADDRESSES && !addresses.contains(&ip) {
                    addresses.push(ip);
                }
            }
            addresses
        })
    });
    match tokio::time::timeout(timeout, asked).await {
        Err(_) => Lookup::Failed(format!("the resolver gave no answer within {} ms", timeout.as_millis())),
        Ok(Err(_)) => Lookup::Failed("the lookup broke off".to_owned()),
        Ok(Ok(Ok(addresses))) if addresses.is_empty() => Lookup::NoData,
        Ok(Ok(Ok(addresses))) => Lookup::Found(addresses),
        Ok(Ok(Err(error))) => match error.kind() {
            LookupErrorKind::NoName | LookupErrorKind::NoData => Lookup::NoData,
            LookupErrorKind::Again => Lookup::Failed("the resolver has no answer for now (EAI_AGAIN)".to_owned()),
            other => Lookup::Failed(format!("the resolver failed ({other:?})")),
        },
    }
}

fn judge(
    host: &str,
    port: u16,
    v4: Lookup,
    v6: Lookup,
    elapsed: Duration,
    has_route: impl Fn(&SocketAddr) -> bool,
) -> Resolved {
    let mut why = Vec::new();
    let mut found = |lookup: Lookup, family: &str| match lookup {
        Lookup::Found(addresses) => addresses,
        Lookup::NoData => Vec::new(),
        Lookup::Failed(reason) => {
            why.push(format!("{family}: {reason}"));
            Vec::new()
        }
    };
    let (v4, v6) = (found(v4, "IPv4"), found(v6, "IPv6"));
    let socket = |ip: &IpAddr| SocketAddr::new(*ip, port);
    let (v4_sockets, v6_sockets): (Vec<_>, Vec<_>) = (v4.iter().map(socket).collect(), v6.iter().map(socket).collect());
    let text = |ips: &[IpAddr]| ips.iter().map(ToString::to_string).collect();
    let value = Resolve { ipv4: text(&v4), ipv6: text(&v6) };
    if v4.is_empty() && v6.is_empty() {
        let (refusal, reason) = if why.is_empty() {
            (Refusal::NameNotFound, format!("the name {host} has no address"))
        } else {
            (Refusal::ResolverFailed, format!("the name {host} could not be resolved: {}", why.join("; ")))
        };
        return failed(refusal, reason);
    }
    let ipv6_usable = v6_sockets.first().is_some_and(&has_route);
    let mut part = Part::measured(value, Some(elapsed));
    part.reason = (!why.is_empty()).then(|| why.join("; "));
    if v4.is_empty() && !ipv6_usable {
        let message = format!("{host} has only IPv6 addresses, and there is no IPv6 route from here");
        let failure = Failure { refusal: Refusal::NoIpv6Route, message, server: None };
        return Resolved { part, addresses: Vec::new(), failure: Some(failure) };
    }
    // IPv6 first where it has a route, as the system's own address selection does (RFC 6724).
    let addresses = if ipv6_usable { [v6_sockets, v4_sockets].concat() } else { v4_sockets };
    Resolved { part, addresses, failure: None }
}

/// Whether the kernel has a route; connecting a UDP socket sends nothing.
fn has_route(to: &SocketAddr) -> bool {
    let any: SocketAddr = if to.is_ipv6() { ([0_u16; 8], 0).into() } else { ([0_u8; 4], 0).into() };
    UdpSocket::bind(any).and_then(|socket| socket.connect(to)).is_ok()
}

fn literal(ip: IpAddr, port: u16, reason: &str) -> Resolved {
    let (mut ipv4, mut ipv6) = (Vec::new(), Vec::new());
    if ip.is_ipv4() { &mut ipv4 } else { &mut ipv6 }.push(ip.to_string());
    let mut part = Part::skipped(reason);
    part.value = Some(Resolve { ipv4, ipv6 });
    let address = SocketAddr::new(ip, port);
    if ip.is_ipv6() && !has_route(&address) {
        let message = format!("{ip} is an IPv6 address, and there is no IPv6 route from here");
        let failure = Failure { refusal: Refusal::NoIpv6Route, message, server: None };
        return Resolved { part, addresses: Vec::new(), failure: Some(failure) };
    }
    Resolved { part, addresses: vec![address], failure: None }
}

fn failed(refusal: Refusal, message: String) -> Resolved {
    let part = Part::failed(message.clone());
    Resolved { part, addresses: Vec::new(), failure: Some(Failure { refusal, message, server: None }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4() -> Lookup {
        Lookup::Found(vec!["192.0.2.1".parse().unwrap()])
    }

    fn v6() -> Lookup {
        Lookup::Found(vec!["2001:db8::1".parse().unwrap()])
    }

    fn refusal(v4: Lookup, v6: Lookup, route: bool) -> Option<Refusal> {
        judge("h", 5432, v4, v6, Duration::ZERO, |_| route).failure.map(|failure| failure.refusal)
    }

    #[test]
    fn an_ipv6_only_name_without_a_route_is_told_from_a_name_that_does_not_exist() {
        assert_eq!(refusal(Lookup::NoData, v6(), false), Some(Refusal::NoIpv6Route));
        assert_eq!(refusal(Lookup::NoData, Lookup::NoData, true), Some(Refusal::NameNotFound));
        assert_eq!(refusal(Lookup::NoData, v6(), true), None);
        assert_eq!(refusal(v4(), v6(), false), None);
    }

    #[test]
    fn a_resolver_that_fails_says_nothing_about_the_name() {
        let failed = || Lookup::Failed("EAI_AGAIN".into());
        assert_eq!(refusal(failed(), failed(), true), Some(Refusal::ResolverFailed));
        assert_eq!(refusal(v4(), failed(), true), None, "one family is enough to go on");
    }

    #[test]
    fn ipv6_comes_first_only_where_it_has_a_route() {
        let first = |route| judge("h", 1, v4(), v6(), Duration::ZERO, |_| route).addresses[0].is_ipv6();
        assert!(first(true));
        assert!(!first(false));
    }
}
