package channels

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MaxWait is the longest wait that a far side's Retry-After is believed.
const MaxWait = time.Hour

// Answer is what a far side said, read to its end.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends req, reads the answer and closes its body, so that the connection can serve again. Its errors
// do not show the URL. An answer whose headers came is returned even where reading its body failed; a
// channel for which the status says enough may go by it.
func Do(c *http.Client, req *http.Request) (*Answer, error) {
	resp, err := c.Do(req)
	if err != nil {
		return nil, Strip(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	a := &Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}
	if err != nil {
		return a, fmt.Errorf("reading the answer: %w", Strip(err))
	}
	return a, nil
}

// stripped is a [url.Error] without its URL.
type stripped struct {
	op  string
	err error
}

func (e *stripped) Error() string { return e.op + ": " + e.err.Error() }
func (e *stripped) Unwrap() error { return e.err }

// Strip removes the URL from an error of net/http or net/url: its path and query may hold a destination's
// secret. What wrapped the URL is removed with it; the cause stays and can be found by errors.Is.
func Strip(err error) error {
	e, ok := errors.AsType[*url.Error](err)
	switch {
	case !ok:
		return err
	case e.Op == "parse": // its cause quotes pieces of the URL
		return errors.New("not a URL")
	}
	return &stripped{op: strings.ToLower(e.Op), err: Strip(e.Err)}
}

// FromStatus says what the status of an HTTP answer means to a delivery; nil for 2xx. A channel for which
// 404 or 410 is the far side's word that an address is gone looks at those before; here they refuse.
func FromStatus(code int, h http.Header, now time.Time) error {
	if code >= 200 && code < 300 {
		return nil
	}
	err := fmt.Errorf("the far side answered %d %s", code, http.StatusText(code))
	switch {
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable:
		return After(RetryAfter(h, now), err)
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return As(Broken, err)
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly:
		return err
	case code >= 400 && code < 500:
		return As(Refused, err)
	}
	return err
}

// RetryAfter returns the wait that a Retry-After header asks for (RFC 9110 section 10.2.3: seconds or an
// HTTP date), at most MaxWait, and zero where there is none or it makes no sense.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(v, 64); err == nil { // Discord sends fractions
		switch {
		case s > MaxWait.Seconds():
			return MaxWait
		case s > 0:
			return time.Duration(s * float64(time.Second))
		}
		return 0
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), MaxWait)
}
