# SPDX-License-Identifier: GPL-2.0-only
# Sluice. `make help` lists what there is to make.

VERSION := 0.1.0
B := build
PREFIX ?= /usr/local
DATADIR := $(PREFIX)/share/sluice
CLANG ?= clang
CC ?= gcc
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/bin/bpftool) bpftool)
PKGS := libbpf libelf json-c libcyaml yaml-0.1 libmnl libseccomp libcap libmd libpcap

ifeq ($(V),1)
Q :=
else
Q := @
endif
say = @printf '  %-7s %s\n' $(1) $(2)

# Goals that work before the packages are there, or that install them.
SETUP_GOALS := deps help clean demo check lint bench bench-check check-kernels mutants coverage
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS = $(shell pkg-config --libs $(PKGS) 2>/dev/null)

CPPFLAGS += -I. -I$(B)/gen -D_GNU_SOURCE -DSL_VERSION='"$(VERSION)"' -DSL_DATADIR='"$(DATADIR)"'
WARN := -Wall -Wextra -Werror
CFLAGS ?= -O2 -g
CFLAGS += -std=gnu11 $(WARN) -fno-omit-frame-pointer
SAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined
LDLIBS = $(PKG_LIBS) -ldl -lpthread -lm

LIB_SRCS := $(wildcard loader/*.c loader/*/*.c verifier-ext/*.c)
CTL_MAINS := ctl/sluicectl.c ctl/sluiced.c
CTL_SRCS := $(filter-out $(CTL_MAINS),$(wildcard ctl/*.c))
BPF_SRCS := $(wildcard bpf/*.bpf.c)
BPF_SKELS := $(BPF_SRCS:bpf/%.bpf.c=$(B)/gen/%.skel.h)
TEST_BPF_SRCS := $(wildcard tests/*/*.bpf.c selftests/*.bpf.c selftests/*/*.bpf.c)
TEST_BPF_OBJS := $(TEST_BPF_SRCS:%.bpf.c=$(B)/%.bpf.o)
UNIT_SRCS := $(wildcard tests/*/test_*.c)
UNIT_HELPERS := $(wildcard tests/*.c)
UNITS := $(UNIT_SRCS:%.c=$(B)/%)
UNITS_SAN := $(UNIT_SRCS:%.c=$(B)/san/%)
TOOL_SRCS := $(wildcard selftests/tools/*.c)
TOOLS := $(TOOL_SRCS:%.c=$(B)/%)
FUZZ_SRCS := $(wildcard tests/fuzz/fuzz_*.c)
FUZZERS := $(FUZZ_SRCS:%.c=$(B)/%)

CLASSES := $(sort $(patsubst loader/element/%.c,%,$(wildcard loader/element/*.c)))

objs = $(patsubst %.c,$(B)/$(1)/%.o,$(2))

.PHONY: FORCE all tests tools fuzzers demo check unit selftest bench bench-check check-kernels lint deps mutants coverage \
	install uninstall clean help docs
.DEFAULT_GOAL := all

all: $(B)/sluicectl $(B)/sluiced ## build everything

help: ## list the goals
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

# ---- The library and the two binaries ---------------------------------------------------------
# The list of element classes: one a file in loader/element. Rewritten only when it changes.
$(B)/gen/classes.h: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)printf 'SL_CLASS(%s)\n' $(CLASSES) > $@.tmp
	$(Q)cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@
# What the compiler is made of: graphs that another one compiled are not taken from a cache.
COMPILER_SRCS := $(sort $(wildcard loader/*.[ch] $(foreach d,click config element plan codegen script,loader/$(d)/*.[ch]) \
	loader/cost/cost.h loader/cost/estimate.c loader/cost/paths.c))
$(B)/gen/revision.h: $(COMPILER_SRCS)
	$(Q)mkdir -p $(@D)
	$(Q)cat $^ | sha256sum | sed 's/\(.*\)  -/#define SL_REVISION "\1"/' > $@.tmp
	$(Q)cmp -s $@.tmp $@ && rm $@.tmp && touch $@ || mv $@.tmp $@
FORCE:
GENERATED = $(BPF_SKELS) $(B)/gen/classes.h $(B)/gen/revision.h

$(B)/obj/%.o: %.c | $(GENERATED)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS) -MMD -MP -c $< -o $@

$(B)/san/%.o: %.c | $(GENERATED)
	$(call say,CC-SAN,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -O1 $(SAN) $(PKG_CFLAGS) -MMD -MP -c $< -o $@

$(B)/fuzzobj/%.o: %.c | $(GENERATED)
	$(call say,CC-FUZZ,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(CPPFLAGS) $(CFLAGS) -O1 $(SAN) -fsanitize=fuzzer-no-link $(PKG_CFLAGS) -MMD -MP -c $< -o $@

$(B)/libsluice.a: $(call objs,obj,$(LIB_SRCS))
$(B)/libsluice-san.a: $(call objs,san,$(LIB_SRCS))
$(B)/libsluice-fuzz.a: $(call objs,fuzzobj,$(LIB_SRCS) $(CTL_SRCS))
$(B)/libctl-san.a: $(call objs,san,$(CTL_SRCS))
$(B)/libctl.a: $(call objs,obj,$(CTL_SRCS))
$(B)/lib%.a:
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/sluicectl: $(call objs,obj,ctl/sluicectl.c) $(B)/libctl.a $(B)/libsluice.a
$(B)/sluiced: $(call objs,obj,ctl/sluiced.c) $(B)/libctl.a $(B)/libsluice.a
$(B)/sluicectl $(B)/sluiced:
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@

# ---- BPF --------------------------------------------------------------------------------------
BPF_CFLAGS := -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wno-unused-function -I. -Ibpf -nostdinc

$(B)/%.bpf.o: %.bpf.c
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MT $@ -MF $(@:.o=.d) -c $< -o $@

$(B)/gen/%.skel.h: $(B)/bpf/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $* > $@.tmp && mv $@.tmp $@

# ---- Tests ------------------------------------------------------------------------------------
tests: $(UNITS) $(UNITS_SAN) $(TEST_BPF_OBJS) tools $(B)/mutants/link ## build all tests

tools: $(TOOLS) ## build what plays the far ends in tests and in the demo

# Files beside a test that are no tests themselves are linked into the tests of their folder.
beside = $(filter-out tests/$(1)test_% tests/$(1)fuzz_% %.bpf.c,$(wildcard tests/$(1)*.c))
.SECONDEXPANSION:

$(B)/tests/%: $(B)/obj/tests/%.o $(call objs,obj,$(UNIT_HELPERS)) \
		$$(call objs,obj,$$(call beside,$$(dir $$*))) $(B)/libctl.a $(B)/libsluice.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $^ $(LDLIBS) -lcmocka -o $@

$(B)/san/tests/%: $(B)/san/tests/%.o $(call objs,san,$(UNIT_HELPERS)) \
		$$(call objs,san,$$(call beside,$$(dir $$*))) $(B)/libctl-san.a $(B)/libsluice-san.a
	$(call say,LD-SAN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(SAN) $^ $(LDLIBS) -lcmocka -o $@

$(B)/selftests/tools/%: $(B)/obj/selftests/tools/%.o $(B)/libsluice.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@

# What a program with mutants is linked from, beside the mutants (tests/mutants).
MUTANT_OBJS := $(call objs,obj,tests/mutants/try.c $(filter-out tests/element/test_% tests/element/large.c,$(wildcard tests/element/*.c)))
$(B)/mutants/link: $(MUTANT_OBJS) $(B)/libctl.a $(B)/libsluice.a Makefile
	$(Q)mkdir -p $(@D)
	$(Q)echo '-Wl,--wrap=sl_clang $(filter-out Makefile,$^) $(LDLIBS)' > $@

fuzzers: $(FUZZERS) ## build the fuzzers (tests/fuzz/README.md)
$(B)/tests/fuzz/%: $(B)/fuzzobj/tests/fuzz/%.o $(B)/libsluice-fuzz.a
	$(call say,LD-FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(CFLAGS) $(SAN) -fsanitize=fuzzer $^ $(LDLIBS) -o $@

.PRECIOUS: $(B)/obj/%.o $(B)/san/%.o $(B)/fuzzobj/%.o $(B)/bpf/%.bpf.o
.SECONDARY:

demo: ## the main job on real packets: install packages, build, run, clean up
	$(Q)$(MAKE) --no-print-directory deps
	$(Q)$(MAKE) --no-print-directory -j2 all tools
	$(Q)selftests/demo.sh

check: ## install packages, build, run every test
	$(Q)$(MAKE) --no-print-directory deps
	$(Q)$(MAKE) --no-print-directory -j2 all tests
	$(Q)tests/run

unit: ## only the unit tests
	$(Q)$(MAKE) --no-print-directory -j2 all tests
	$(Q)tests/run unit

selftest: ## only the tests with traffic in namespaces
	$(Q)$(MAKE) --no-print-directory -j2 all tests
	$(Q)tests/run selftest

check-kernels: ## real GRE peers in QEMU with Debian's kernels 6.1 and 6.12
	$(Q)$(MAKE) --no-print-directory deps
	$(Q)$(MAKE) --no-print-directory -j2 all tests
	$(Q)tests/run kernels

bench: ## measure; prints tables, writes build/bench
	$(Q)$(MAKE) --no-print-directory deps
	$(Q)$(MAKE) --no-print-directory -j2 all tests
	$(Q)selftests/bench/run

bench-check: ## judge the figures of the last `make bench`
	$(Q)selftests/bench/check

CLASS ?=
mutants: ## mistakes planted in each class: do its cases notice? CLASS=... for some
	$(Q)$(MAKE) --no-print-directory deps
	$(Q)$(MAKE) --no-print-directory -j2 $(B)/mutants/link
	$(Q)tests/mutants/run $(if $(CLASS),-v) $(CLASS)

coverage: ## branches of bpf/element that the cases take
	$(Q)$(MAKE) --no-print-directory deps
	$(Q)$(MAKE) --no-print-directory -j2 $(B)/mutants/link
	$(Q)tests/mutants/coverage

lint: ## formatting and static checks, no warning left
	$(Q)$(MAKE) --no-print-directory deps
	$(Q)$(MAKE) --no-print-directory $(GENERATED)
	$(Q)tests/lint

deps: ## install what building and testing need, from Debian's packages
	$(Q)tests/deps

docs: $(B)/sluicectl ## regenerate docs/elements.md, man pages and completion from the tables
	$(Q)$(B)/sluicectl docs elements > docs/elements.md
	$(Q)$(B)/sluicectl docs man > docs/sluicectl.8
	$(Q)$(B)/sluicectl docs completion > configs/sluicectl.bash

install: all ## install below PREFIX (default /usr/local)
	install -D -m 755 $(B)/sluicectl $(DESTDIR)$(PREFIX)/sbin/sluicectl
	install -D -m 755 $(B)/sluiced $(DESTDIR)$(PREFIX)/sbin/sluiced
	install -d $(DESTDIR)$(DATADIR)/bpf/element
	install -m 644 bpf/*.h $(DESTDIR)$(DATADIR)/bpf
	install -m 644 bpf/element/*.h $(DESTDIR)$(DATADIR)/bpf/element
	install -D -m 644 configs/sluicectl.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sluicectl
	install -D -m 644 configs/sluiced.service $(DESTDIR)$(PREFIX)/lib/systemd/system/sluiced.service
	for m in docs/*.[58]; do install -D -m 644 $$m $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/$${m##*/}; done

uninstall: ## take away what `install` put there
	rm -f $(DESTDIR)$(PREFIX)/sbin/sluicectl $(DESTDIR)$(PREFIX)/sbin/sluiced
	rm -rf $(DESTDIR)$(DATADIR)
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sluicectl
	rm -f $(DESTDIR)$(PREFIX)/lib/systemd/system/sluiced.service
	for m in docs/*.[58]; do rm -f $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/$${m##*/}; done

clean: ## remove everything built
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
