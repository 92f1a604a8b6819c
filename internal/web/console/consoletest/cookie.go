package consoletest

// Cookie is the person's session as a request carries it, for clients that are no [Person].
func (p *Person) Cookie() string { return "__Host-callbox=" + p.jar["__Host-callbox"] }
