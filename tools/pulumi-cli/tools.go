//go:build tools

// Package tools pins the Pulumi CLI. go.sum pins everything that it is built from. `go install <module>@<version>`
// refuses to build the CLI, because the CLI's go.mod replaces some dependencies. A separate module can build it.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
