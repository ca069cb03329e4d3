//! Moments as texts, in milliseconds since 1970.

/// Days since 1970 of a day of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn moment(date: (i64, i64, i64), time: &str) -> Option<u64> {
    let mut parts = time.split(':');
    let hours: u32 = parts.next()?.parse().ok()?;
    let minutes: u32 = parts.next()?.parse().ok()?;
    let seconds = parts.next().unwrap_or("0");
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let seconds: u32 = seconds.parse().ok()?;
    let digit = |sum: u32, digit: u8| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0'));
    let milliseconds = fraction.bytes().chain([b'0'; 3]).take(3).try_fold(0, digit)?;
    let day = days(date.0, date.1, date.2) as f64 * 86_400.0;
    let of_day = f64::from(hours) * 3600.0 + f64::from(minutes) * 60.0 + f64::from(seconds);
    let ms = (day + of_day) * 1000.0 + f64::from(milliseconds);
    (ms >= 0.0).then_some(ms as u64)
}

/// `2026-01-31T12:00:00.000Z`; UTC alone, as the host writes it.
pub fn from_iso(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
    moment((parts.next()??, parts.next()??, parts.next()??), time)
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Sun, 06 Nov 1994 08:49:37 GMT`: the one form that HTTP's headers still use.
pub fn from_http(text: &str) -> Option<u64> {
    let mut parts = text.split_once(',')?.1.strip_prefix(' ')?.split(' ');
    let day = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as i64 + 1;
    let year = parts.next()?.parse().ok()?;
    let time = parts.next()?;
    (parts.next()? == "GMT").then(|| moment((year, month, day), time))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_hosts_and_servers_write() {
        assert_eq!(from_iso("1970-01-01T00:00:00.000Z"), Some(0));
        assert_eq!(from_iso("2026-01-31T12:34:56.789Z"), Some(1_769_862_896_789));
        assert_eq!(from_iso("1970-01-01T00:00:01.5Z"), Some(1_500));
        assert_eq!(from_http("Thu, 01 Jan 1970 00:00:10 GMT"), Some(10_000));
        assert_eq!(from_http("Sun, 29 Feb 2032 23:59:59 GMT"), Some(1_961_711_999_000));
        for none in [
            "soon",
            "",
            "Thu, 01 Foo 1970 00:00:10 GMT",
            "2026-01-31",
            "2026-01-31T12:00:00+01:00",
            "2026-01-31T12:00:00.xZ",
        ] {
            assert_eq!((from_iso(none), from_http(none)), (None, None), "{none}");
        }
    }
}
