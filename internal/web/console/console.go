// Package console puts the rooms of the officials' console together, and adds the two pages that lead to
// them: the choice of a space, and the home page of each.
package console

import (
	"embed"
	"io/fs"
	"log/slog"
	"net/netip"
	"time"

	"callbox/internal/desk"
	"callbox/internal/desk/door"
	"callbox/internal/web/console/frame"
	"callbox/internal/web/console/signin"
)

// Config is what a console needs.
type Config struct {
	Desk  *desk.Desk
	Door  *door.Door
	Now   func() time.Time // nil for the wall clock
	Log   *slog.Logger     // nil for none
	Rooms []frame.Room     // beside those of this package and sign-in
	// Proxies are the networks whose X-Forwarded-For is believed; none means that nobody's is.
	Proxies []netip.Prefix
}

//go:embed templates
var templateFiles embed.FS

// New returns the console. It serves everything below /console/.
func New(c Config) (*frame.Console, error) {
	templates, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		return nil, err
	}
	own := frame.Room{Templates: templates, Routes: []frame.Route{
		{Pattern: "GET /console/{$}", Do: choose},
		{Pattern: "GET /console/{space}/{$}", Do: home},
	}}
	return frame.New(frame.Config{Desk: c.Desk, Door: c.Door, Now: c.Now, Log: c.Log, Proxies: c.Proxies, SignIn: signin.Page,
		Rooms: append([]frame.Room{own, signin.Room()}, c.Rooms...)})
}
