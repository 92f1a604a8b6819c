package main

import (
	"fmt"
	"io"
)

type feedCmd struct {
	Export feedExportCmd `cmd:"" help:"Write the live feed as plain files, for a second host."`
}

type feedExportCmd struct {
	Dir string `arg:"" help:"Folder to write to." type:"path"`
}

func (c *feedExportCmd) Run(e *env) error {
	return e.with(func(p *program) error {
		f, err := p.feed()
		if err != nil {
			return err
		}
		if err := f.Export(e.ctx, c.Dir); err != nil {
			return err
		}
		e.result(map[string]string{"folder": c.Dir}, func(w io.Writer) { fmt.Fprintf(w, "The feed is in %s.\n", c.Dir) })
		return nil
	})
}

type templatesCmd struct {
	Preview previewCmd `cmd:"" help:"Show every text of a declaration file, by area and language, with its lengths."`
	Check   wordsCmd   `cmd:"" help:"Check the wordings, the built-in ones and those of the configured folder."`
}

type previewCmd struct {
	lintCmd
}

func (c *previewCmd) Run(e *env) error { return c.lintCmd.Run(e) }

type wordsCmd struct{}

func (*wordsCmd) Run(e *env) error {
	c, err := loadConfig(e.cfgFile)
	if err != nil {
		return err
	}
	words, err := loadWordings(c)
	if err != nil {
		return err
	}
	e.result(words.Langs(), func(w io.Writer) { fmt.Fprintf(w, "Complete: %v\n", words.Langs()) })
	return nil
}
