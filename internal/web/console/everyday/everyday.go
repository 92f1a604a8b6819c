// Package everyday is the pages of the console for the days without an outage: the directory and the calls
// that keep it true, drills, wordings, and who has signed up.
package everyday

import (
	"embed"
	"io/fs"

	"callbox/internal/officials"
	"callbox/internal/web/console/frame"
)

//go:embed all:templates
var templateFiles embed.FS

// Room returns the pages for the console.
func Room() (frame.Room, error) {
	templates, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		return frame.Room{}, err
	}
	const (
		directory = "/console/{space}/directory"
		area      = directory + "/areas/{area}"
		drills    = "/console/{space}/drills"
		wordings  = "/console/{space}/wordings"
	)
	return frame.Room{
		Templates: templates,
		Menu:      []frame.Link{{Path: "/directory", Text: "Directory"}},
		Routes: []frame.Route{
			{Pattern: "GET " + directory, Do: showDirectory},
			{Pattern: "GET " + area, Do: showArea},
			{Pattern: "POST " + area + "/flag", Role: officials.Directory, Do: flag},
			{Pattern: "GET " + directory + "/ring", Role: officials.Directory, Do: showCall},
			{Pattern: "POST " + directory + "/ring", Role: officials.Directory, Do: ring},
			{Pattern: "GET " + directory + "/import", Role: officials.Directory, Do: showImport},
			{Pattern: "POST " + directory + "/import", Role: officials.Directory, Do: takeOver},
			{Pattern: "GET " + directory + ".csv", Role: officials.Directory, Do: export},
			{Pattern: "GET " + drills, Do: showDrills},
			{Pattern: "POST " + drills, Role: officials.Drafter, Do: startDrill},
			{Pattern: "POST " + drills + "/planned", Role: officials.Drafter, Do: announce},
			{Pattern: "POST " + drills + "/planned/{id}/cancel", Role: officials.Drafter, Do: cancel},
			{Pattern: "GET " + drills + "/{id}", Do: showDrill},
			{Pattern: "POST " + drills + "/{id}/next", Role: officials.Drafter, Do: nextStep},
			{Pattern: "GET " + wordings, Role: officials.Wording, Do: showWordings},
			{Pattern: "GET " + wordings + "/versions", Role: officials.Wording, Do: showVersions},
			{Pattern: "POST " + wordings + "/versions", Role: officials.Wording, Do: returnTo},
			{Pattern: "GET " + wordings + "/{key}", Role: officials.Wording, Do: showPhrase},
			{Pattern: "POST " + wordings + "/{key}", Role: officials.Wording, Do: editPhrase},
			{Pattern: "GET /console/{space}/subscribers", Do: showSubscribers},
		},
	}, nil
}
