package frame

import (
	"crypto/rand"
	"fmt"
	"html/template"
	"io/fs"
	"strings"
)

// load parses the pages of a room in the layout.
func (f *Console) load(room fs.FS) error {
	if room == nil {
		return nil
	}
	base, err := template.New("").Funcs(f.funcs()).ParseFS(templateFiles, "templates/_*.html")
	if err != nil {
		return err
	}
	files, err := fs.Glob(room, "*.html")
	if err != nil {
		return err
	}
	var pages, shared []string
	for _, name := range files {
		if strings.HasPrefix(name, "_") {
			shared = append(shared, name)
		} else {
			pages = append(pages, name)
		}
	}
	for _, name := range pages {
		t, err := base.Clone()
		if err == nil {
			t, err = t.ParseFS(room, append(shared, name)...)
		}
		if err != nil {
			return err
		}
		page := strings.TrimSuffix(name, ".html")
		if t.Lookup("main") == nil {
			return fmt.Errorf("page %s defines no main", page)
		}
		if f.pages[page] != nil {
			return fmt.Errorf("there are two pages %s", page)
		}
		f.pages[page] = t
	}
	return nil
}

func (f *Console) funcs() template.FuncMap {
	return template.FuncMap{
		// once is a value for the hidden field "once".
		"once":    func() string { return rand.Text() },
		"asset":   f.assets.Path,
		"scripts": func() []string { return f.assets.Paths(".js") },
	}
}
