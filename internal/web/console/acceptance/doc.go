// Package acceptance holds tests that go through the whole console: from what an official types to what the far
// sides of every channel receive.
package acceptance
