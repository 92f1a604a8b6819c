package bench

func (r *run) distant() error { return nil }
func (r *run) beside() error  { return nil }
func (r *run) first() error   { return nil }
func (r *run) feed() error    { return nil }
func (r *run) render() error  { return nil }
