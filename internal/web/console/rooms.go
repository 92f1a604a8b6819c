package console

import (
	"callbox/internal/web/console/approve"
	"callbox/internal/web/console/declare"
	"callbox/internal/web/console/everyday"
	"callbox/internal/web/console/frame"
	"callbox/internal/web/console/office"
	"callbox/internal/web/console/watch"
)

// Rooms returns every room of a whole console beside those that [New] adds, and what ends the streams of its
// live pages when a server shuts down.
func Rooms(live watch.Config) (rooms []frame.Room, stop func(), err error) {
	w, err := watch.New(live)
	if err != nil {
		return nil, nil, err
	}
	e, err := everyday.Room()
	if err != nil {
		return nil, nil, err
	}
	o, err := office.Room()
	if err != nil {
		return nil, nil, err
	}
	return []frame.Room{declare.Room(), approve.Room(), w.Room(), e, o}, w.Stop, nil
}
