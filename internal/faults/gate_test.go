//go:build faults

package faults

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// gateName is the name of the far side behind a gate, to its name server and in its certificate.
const gateName = "far.example.net"

// gate gives a far side a name and a certificate: a name server, and a door that ends TLS. What either
// does changes from one moment to the next.
type gate struct {
	authority *x509.Certificate
	key       *ecdsa.PrivateKey
	door      net.Listener
	names     net.PacketConn
	to        string // host:port behind the door
	now       atomic.Pointer[manner]
	open      sync.WaitGroup
	closed    chan struct{}
}

// manner is how a gate behaves. A silent one takes what it is asked, and never answers.
type manner struct {
	certificate tls.Certificate
	newest      uint16 // version of TLS; 0 is the newest there is
	cut, silent bool   // in the handshake
	dns         dnsmessage.RCode
	dnsSilent   bool
}

// openGate opens a gate before a far side, which behaves until it is told otherwise.
func openGate(to string) (*gate, error) {
	g := &gate{to: to, closed: make(chan struct{})}
	var err error
	if g.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	made, err := g.sign(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil)
	if err != nil {
		return nil, err
	}
	g.authority = made.Leaf
	if g.door, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	if g.names, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
		return nil, errors.Join(err, g.door.Close())
	}
	if err := g.behave(manner{}); err != nil {
		return nil, err
	}
	g.open.Go(g.answerNames)
	g.open.Go(g.answerDoor)
	return g, nil
}

func (g *gate) close() {
	close(g.closed)
	_, _ = g.door.Close(), g.names.Close()
	g.open.Wait()
}

// roots are what a client must trust, in PEM.
func (g *gate) roots() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.authority.Raw})
}

func (g *gate) port() string {
	_, port, _ := net.SplitHostPort(g.door.Addr().String())
	return port
}

// behave changes what the gate does from now on; it gets a good certificate unless m has one.
func (g *gate) behave(m manner) error {
	if m.certificate.Certificate == nil {
		var err error
		if m.certificate, err = g.certificate(gateName, time.Now().Add(time.Hour)); err != nil {
			return err
		}
	}
	g.now.Store(&m)
	return nil
}

// certificate is one for a name, good until then.
func (g *gate) certificate(name string, until time.Time) (tls.Certificate, error) {
	return g.sign(&x509.Certificate{DNSNames: []string{name}, NotAfter: until}, g.authority)
}

// sign makes a certificate by the authority, or the authority's own.
func (g *gate) sign(c, by *x509.Certificate) (tls.Certificate, error) {
	c.SerialNumber, c.NotBefore = big.NewInt(time.Now().UnixNano()), time.Now().Add(-24*time.Hour)
	if c.NotAfter.IsZero() {
		c.NotAfter = time.Now().Add(24 * time.Hour)
	}
	if by == nil {
		by = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by, g.key.Public(), g.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: g.key, Leaf: leaf}, err
}

func (g *gate) answerDoor() {
	for {
		c, err := g.door.Accept()
		if err != nil {
			return
		}
		g.open.Go(func() {
			g.enter(c)
			_ = c.Close()
		})
	}
}

// enter does the handshake, and then passes on whatever is said.
func (g *gate) enter(c net.Conn) {
	over := make(chan struct{})
	defer close(over)
	go func() { // whatever it is at, it ends with the gate
		select {
		case <-g.closed:
		case <-over:
		}
		_ = c.Close()
	}()
	m := g.now.Load()
	if m.cut || m.silent {
		_, _ = c.Read(make([]byte, 100)) // some of its greeting
		if m.silent {
			_, _ = io.Copy(io.Discard, c)
		}
		return
	}
	s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{m.certificate}, MinVersion: tls.VersionTLS10, MaxVersion: m.newest})
	if s.Handshake() != nil {
		return
	}
	far, err := net.Dial("tcp", g.to)
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(far, s)
		_ = far.Close()
	}()
	_, _ = io.Copy(s, far)
}

// answerNames is a name server for which every name is this machine.
func (g *gate) answerNames() {
	question := make([]byte, 512)
	for {
		n, from, err := g.names.ReadFrom(question)
		if err != nil {
			return
		}
		var said dnsmessage.Message
		m := g.now.Load()
		if said.Unpack(question[:n]) != nil || len(said.Questions) != 1 || m.dnsSilent {
			continue
		}
		asked := said.Questions[0]
		answer := dnsmessage.Message{Header: dnsmessage.Header{ID: said.ID, Response: true, RecursionAvailable: true, RCode: m.dns}, Questions: said.Questions}
		if m.dns == dnsmessage.RCodeSuccess && asked.Type == dnsmessage.TypeA {
			answer.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: asked.Name, Type: asked.Type, Class: asked.Class, TTL: 1},
				Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}}
		}
		if packed, err := answer.Pack(); err == nil {
			_, _ = g.names.WriteTo(packed, from)
		}
	}
}
