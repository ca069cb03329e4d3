// Package piecehttp makes net/http work in a piece: import it, with a blank name if nothing else of it is used, and
// http.Get, http.DefaultClient and clients without a transport of their own send through the host.
//
// Redirects are followed as every SDK does: at most five, without credentials to another origin.
package piecehttp

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/ap-wasm/piece-go/piece"
)

func init() { http.DefaultClient.CheckRedirect = CheckRedirect }

const maxRedirects = 5

// CheckRedirect is that of http.DefaultClient and Client: at most five redirects, without credentials to another origin.
func CheckRedirect(request *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return &piece.Error{Code: "upstream_error", Message: via[0].URL.String() + " redirects more than 5 times"}
	}
	left := origin(request.URL) != origin(via[0].URL)
	for _, hop := range via {
		left = left || origin(hop.URL) != origin(via[0].URL)
	}
	if left {
		for _, name := range []string{"Authorization", "Cookie", "Proxy-Authorization"} {
			request.Header.Del(name)
		}
	}
	return nil
}

// Client sends its requests within a call: they end with it, and at its deadline, without a context of their own.
func Client(ctx context.Context) *http.Client {
	return &http.Client{CheckRedirect: CheckRedirect, Transport: within{ctx}}
}

type within struct{ ctx context.Context }

func (w within) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Context().Done() == nil {
		request = request.WithContext(w.ctx)
	}
	return http.DefaultTransport.RoundTrip(request)
}

// OK is nil if the status is 2xx. Else it closes the body and is the failure that every SDK makes of it: unauthorized (401,
// 403), not_found, rate_limited with the pause that the server asks for, upstream_error (5xx) or request_refused; its
// detail has the status and the begin of the body.
func OK(response *http.Response) error {
	if response.StatusCode >= 200 && response.StatusCode < 300 {
		return nil
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	where := "the server"
	if response.Request != nil && response.Request.URL != nil {
		where = origin(response.Request.URL)
	}
	return piece.StatusError(where, response.StatusCode, response.Header.Get("Retry-After"), string(body))
}

func origin(address *url.URL) string { return address.Scheme + "://" + address.Host }
