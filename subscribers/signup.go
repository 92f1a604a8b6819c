package subscribers

// Email is the name of the channel whose destinations this package can read by itself.
const Email = "email"

// MaxPlaces is how many places one subscriber may name.
const MaxPlaces = 10
