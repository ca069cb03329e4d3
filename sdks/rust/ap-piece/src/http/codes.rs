//! What the host says about a request that failed: its words, and the failure code that they mean.
use super::url::Url;
use super::Error;
use crate::bindings::wasi::http::types::ErrorCode;

/// WASI's own word, and what it carries.
fn word(code: &ErrorCode) -> (&'static str, Option<String>) {
    use ErrorCode::*;
    fn text<T: ToString>(value: &Option<T>) -> Option<String> {
        value.as_ref().map(T::to_string)
    }
    match code {
        DnsTimeout => ("DNS-timeout", None),
        DnsError(payload) => ("DNS-error", payload.rcode.clone()),
        DestinationNotFound => ("destination-not-found", None),
        DestinationUnavailable => ("destination-unavailable", None),
        DestinationIpProhibited => ("destination-IP-prohibited", None),
        DestinationIpUnroutable => ("destination-IP-unroutable", None),
        ConnectionRefused => ("connection-refused", None),
        ConnectionTerminated => ("connection-terminated", None),
        ConnectionTimeout => ("connection-timeout", None),
        ConnectionReadTimeout => ("connection-read-timeout", None),
        ConnectionWriteTimeout => ("connection-write-timeout", None),
        ConnectionLimitReached => ("connection-limit-reached", None),
        TlsProtocolError => ("TLS-protocol-error", None),
        TlsCertificateError => ("TLS-certificate-error", None),
        TlsAlertReceived(payload) => ("TLS-alert-received", payload.alert_message.clone()),
        HttpRequestDenied => ("HTTP-request-denied", None),
        HttpRequestLengthRequired => ("HTTP-request-length-required", None),
        HttpRequestBodySize(size) => ("HTTP-request-body-size", text(size)),
        HttpRequestMethodInvalid => ("HTTP-request-method-invalid", None),
        HttpRequestUriInvalid => ("HTTP-request-URI-invalid", None),
        HttpRequestUriTooLong => ("HTTP-request-URI-too-long", None),
        HttpRequestHeaderSectionSize(size) => ("HTTP-request-header-section-size", text(size)),
        HttpRequestHeaderSize(field) => {
            ("HTTP-request-header-size", field.as_ref().and_then(|field| field.field_name.clone()))
        }
        HttpRequestTrailerSectionSize(size) => ("HTTP-request-trailer-section-size", text(size)),
        HttpRequestTrailerSize(field) => ("HTTP-request-trailer-size", field.field_name.clone()),
        HttpResponseIncomplete => ("HTTP-response-incomplete", None),
        HttpResponseHeaderSectionSize(size) => ("HTTP-response-header-section-size", text(size)),
        HttpResponseHeaderSize(field) => ("HTTP-response-header-size", field.field_name.clone()),
        HttpResponseBodySize(size) => ("HTTP-response-body-size", text(size)),
        HttpResponseTrailerSectionSize(size) => ("HTTP-response-trailer-section-size", text(size)),
        HttpResponseTrailerSize(field) => ("HTTP-response-trailer-size", field.field_name.clone()),
        HttpResponseTransferCoding(coding) => ("HTTP-response-transfer-coding", coding.clone()),
        HttpResponseContentCoding(coding) => ("HTTP-response-content-coding", coding.clone()),
        HttpResponseTimeout => ("HTTP-response-timeout", None),
        HttpUpgradeFailed => ("HTTP-upgrade-failed", None),
        HttpProtocolError => ("HTTP-protocol-error", None),
        LoopDetected => ("loop-detected", None),
        ConfigurationError => ("configuration-error", None),
        InternalError(message) => ("internal-error", message.clone()),
    }
}

/// The error that a request to that address ends with.
pub(super) fn refused(url: &Url, code: &ErrorCode) -> Error {
    use ErrorCode::*;
    let origin = url.origin();
    let meaning = match code {
        HttpRequestDenied => "not_granted",
        ConnectionRefused => "connection_refused",
        DnsTimeout | ConnectionTimeout | ConnectionReadTimeout | ConnectionWriteTimeout | HttpResponseTimeout => {
            "timeout"
        }
        _ => "upstream_error",
    };
    let hint = match code {
        HttpRequestDenied => {
            format!("; add \"{origin}\" to capabilities.http in piece.json, or have it granted")
        }
        DestinationIpProhibited => {
            "; it is no public address, and the executor does not allow this private one".to_owned()
        }
        _ => String::new(),
    };
    let (word, carried) = word(code);
    let carried = carried.map_or(String::new(), |carried| format!(" ({carried})"));
    Error::new(meaning, format!("{origin} could not be fetched: {word}{carried}{hint}"))
}
