package main

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"path/filepath"

	"callbox/channels/email"
)

type keysDKIMCmd struct {
	Domain   string `arg:"" help:"The domain that signs: that of the sender, or one that it lies in."`
	Selector string `help:"The name of the key in the DNS." default:"callbox"`
	Kind     string `help:"ed25519 costs little; rsa is what every provider checks." enum:"ed25519,rsa" default:"rsa"`
	File     string `help:"Where to write the private key." default:"dkim.key" type:"path"`
}

func (c *keysDKIMCmd) Run(e *env) error {
	var key crypto.Signer
	var err error
	if c.Kind == "rsa" {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		_, key, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	name, text, err := email.DKIM{Domain: c.Domain, Selector: c.Selector, Key: key}.Record()
	if err != nil {
		return err
	}
	if err := writeNew(c.File, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); err != nil {
		return err
	}
	file := "file:" + filepath.Base(c.File)
	e.result(map[string]string{"domain": c.Domain, "selector": c.Selector, "key": file, "record": name, "text": text}, func(w io.Writer) {
		fmt.Fprintf(w, "[[email.dkim]]\ndomain   = %q\nselector = %q\nkey      = %q\n\nPut this into the DNS, as TXT:\n%s\n%s\n",
			c.Domain, c.Selector, file, name, text)
	})
	return nil
}
