//! The server: listens, announces itself on standard output, stops cleanly on SIGTERM within the configured time.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::Service;
use actix_web::middleware::from_fn;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, HttpServer};
use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};

use super::{boot, health, housekeeping};
use crate::actors::sockets::Close;
use crate::api::{extract, idempotency, locale, routes, security};
use crate::auth::setup;
use crate::clock::Clock;
use crate::config::Config;
use crate::notifications::sender;
use crate::services::Services;

/// By then the workers have made their routes and earlier work is taken up.
#[cfg(target_os = "linux")]
const STARTED_AFTER: Duration = Duration::from_secs(3);

/// Runs until it is told to stop.
pub async fn serve(config: Config) -> Result<()> {
    let opened = open(config, |_| {}).await?;
    let services = opened.services.clone();
    setup::from_environment(&services).await?;
    if let Some(token) = setup::fresh_token(&services).await? {
        println!("nobody has an account yet: open {}/setup#token={}", services.public_url, token.expose());
    }
    if !services.config.redis.url.expose().is_empty() {
        println!("redis.url (REDIS_URL) is set, but not used yet: this version runs as one node");
    }
    until_stopped(opened, || {}).await
}

/// A server that listens and does not answer yet.
pub struct Opened {
    pub services: Services,
    /// Where the socket really listens.
    pub bound: SocketAddr,
    server: actix_web::dev::Server,
}

/// Takes the address, opens everything. `pages` adds routes to the product's.
pub async fn open(config: Config, pages: fn(&mut ServiceConfig)) -> Result<Opened> {
    let listener = TcpListener::bind(config.server.bind)
        .with_context(|| format!("cannot listen on {} (server.bind)", config.server.bind))?;
    let bound = listener.local_addr().context("no local address")?;
    let public_url = config.public_url(bound);
    let services = boot::services(config, Clock::system(), public_url).await?;
    let server = server(&services, listener, pages)?;
    // Before anything is counted.
    health::recorder();
    services.signer.load(&services).await.context("cannot read the key of file addresses")?;
    Ok(Opened { services, bound, server })
}

/// Takes up earlier work and answers, until it is told to stop; `stopping` is called first then.
pub async fn until_stopped(opened: Opened, stopping: impl FnOnce()) -> Result<()> {
    let Opened { services, bound, server } = opened;
    let handle = server.handle();
    sender::start(&services);
    services.resume().await.context("cannot take up earlier work")?;
    let keeper = actix_web::rt::spawn(housekeeping::run(services.clone()));
    // Whoever reads that we listen may end us at once.
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    println!("listening on http://{bound}");
    let stopped = actix_web::rt::spawn(server);
    #[cfg(target_os = "linux")]
    actix_web::rt::spawn(async {
        tokio::time::sleep(STARTED_AFTER).await;
        super::memory::let_go_of_the_start();
    });
    tokio::select! {
        _ = terminate.recv() => tracing::info!("SIGTERM: stopping"),
        _ = interrupt.recv() => tracing::info!("interrupted: stopping"),
    }
    stopping();
    let within = Duration::from_secs(services.config.server.shutdown_seconds);
    keeper.abort();
    // Requests under way finish; what waits for the writer is committed; the rest is in the inbox and the outbox.
    let stop = async {
        services.sockets.close_all(Close::GOING_AWAY);
        services.visitors.close_all();
        handle.stop(true).await;
        // The server's own result tells nothing that stopping it did not.
        let _ = stopped.await;
    };
    if tokio::time::timeout(within.mul_f64(0.7), stop).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
    services.store.stop(within.mul_f64(0.2));
    tracing::info!("stopped");
    Ok(())
}

/// The HTTP server on a bound listener, not yet running.
pub fn server(
    services: &Services,
    listener: TcpListener,
    pages: fn(&mut ServiceConfig),
) -> Result<actix_web::dev::Server> {
    let config = &services.config;
    let workers = match usize::try_from(config.server.workers).unwrap_or(0) {
        0 => std::thread::available_parallelism().map_or(2, |cores| cores.get()),
        workers => workers,
    };
    let data = Data::new(services.clone());
    let json_bytes = usize::try_from(config.limits.json_bytes).unwrap_or(1 << 20);
    let webhook_bytes = usize::try_from(config.limits.webhook_bytes).unwrap_or(4 << 20);
    let edge = Data::new(security::Edge::new(config, &services.public_url));
    // A peer that takes no bytes for this long is gone: it freezes its socket's actor, which then finds out nothing itself.
    let dead_after = Duration::from_secs(config.presence.dead_after_seconds);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .app_data(edge.clone())
            .configure(extract::configure(json_bytes))
            .configure(pages)
            .configure(routes::configure(webhook_bytes))
            .wrap(from_fn(idempotency::replay))
            .wrap(from_fn(security::guard))
            .wrap_fn(|request, service| {
                let started = std::time::Instant::now();
                let answered = service.call(request);
                async move {
                    let response = answered.await?;
                    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
                    let status = response.status().as_u16().to_string();
                    metrics::histogram!("attendance_http_seconds", "route" => route, "status" => status)
                        .record(started.elapsed());
                    Ok(response)
                }
            })
            .wrap(from_fn(locale::locale))
    })
    .workers(workers)
    .backlog(2048)
    .max_connections(20_000)
    .tcp_nodelay(true)
    .keep_alive(Duration::from_secs(config.server.keep_alive_seconds))
    .client_request_timeout(Duration::from_secs(config.server.request_timeout_seconds))
    .shutdown_timeout(5)
    .disable_signals()
    .on_connect(move |connection, _| {
        if let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() {
            // Not every platform knows it; the heartbeat then finds dead peers later.
            let _ = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(dead_after));
        }
    })
    .listen(listener)
    .context("cannot serve")?;
    Ok(server.run())
}
