#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
exec "$(dirname "$0")/suite" 6.1 6.12
