package piece

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Characters of an answer that a failure carries along.
const excerptLength = 2000

// StatusError is the failure that every SDK makes of an HTTP status other than 2xx; where names the server, retryAfter is
// its Retry-After header. Clients call it: fetch.Response.OK, piecehttp.OK.
func StatusError(where string, status int, retryAfter, body string) error {
	failure := &Error{
		Code:    codeOf(status),
		Message: fmt.Sprintf("%s answered %d", where, status),
		Detail:  map[string]any{"status": status, "body": excerpt(body)},
	}
	if pause, asked := RetryAfter(retryAfter, time.Now()); asked {
		failure.RetryAfter = pause
		if pause == 0 {
			failure.RetryAfter = AnyTime
		}
	} else if status == 429 || status == 503 {
		failure.RetryAfter = AnyTime
	}
	return failure
}

func codeOf(status int) string {
	switch {
	case status == 401 || status == 403:
		return "unauthorized"
	case status == 404:
		return "not_found"
	case status == 429:
		return "rate_limited"
	case status >= 500:
		return "upstream_error"
	}
	return "request_refused"
}

func excerpt(body string) string {
	if utf8.RuneCountInString(body) <= excerptLength {
		return body
	}
	return string([]rune(body)[:excerptLength])
}

// RetryAfter is the pause that a Retry-After header asks for, in seconds or until a date; ok is false where it asks for none.
func RetryAfter(header string, now time.Time) (pause time.Duration, ok bool) {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	for _, layout := range []string{time.RFC1123, time.RFC850, time.ANSIC} {
		if moment, err := time.Parse(layout, header); err == nil {
			return max(0, moment.Sub(now)), true
		}
	}
	return 0, false
}
