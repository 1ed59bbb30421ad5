//go:build tools

// Package tools pins the Pulumi CLI, and with go.sum everything it is built from. A module of its own can be built
// where `go install <module>@<version>` is refused, because the CLI's go.mod replaces some of its dependencies.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
