//! The `log` crate's lines and a panic's last words, on their way to the host.

use crate::bindings::wasi::logging::logging as host;

struct Host;

impl log::Log for Host {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }
    fn log(&self, record: &log::Record<'_>) {
        let level = match record.level() {
            log::Level::Error => host::Level::Error,
            log::Level::Warn => host::Level::Warn,
            log::Level::Info => host::Level::Info,
            log::Level::Debug => host::Level::Debug,
            log::Level::Trace => host::Level::Trace,
        };
        host::log(level, record.target(), &record.args().to_string());
    }
    fn flush(&self) {}
}

/// Once in the life of an instance.
pub(crate) fn install() {
    if log::set_logger(&Host).is_ok() {
        log::set_max_level(log::LevelFilter::Trace);
    }
    // The host quotes what is said under this name in the error that the trap becomes.
    std::panic::set_hook(Box::new(|info| host::log(host::Level::Critical, "stderr", &info.to_string())));
}
