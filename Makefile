# SPDX-License-Identifier: GPL-3.0-or-later
# The whole build. Programs land as build/check_*; nothing here installs
# anything but "make install", "make demo" and "make check" (what is missing).
# Variants live side by side: make V=asan, V=tsan, V=cov, V=fuzz.

VERSION := 1.0.0
V ?= release
CC ?= cc
PREFIX ?= /usr
PLUGINDIR ?= $(PREFIX)/lib/nagios/plugins
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
DESTDIR ?=

B := build/$(V)
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wvla -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef
HARDENING := -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection
OPTIMISE := -O2 -g -D_FORTIFY_SOURCE=2
ifeq ($(V),asan)
OPTIMISE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ifeq ($(V),tsan)
OPTIMISE := -O1 -g -fsanitize=thread
endif
ifeq ($(V),cov)
OPTIMISE := -O0 -g --coverage
endif
ifeq ($(V),fuzz)
CC := clang
OPTIMISE := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
endif
ifdef WERROR
WARNINGS += -Werror
endif
# MUTANT=name builds one deliberate fault in: each must fail a test.
ifdef MUTANT
B := build/mutant-$(MUTANT)
OPTIMISE := -O0 -DMUTANT_$(MUTANT)
endif

ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DMAILVITALS_VERSION='"$(VERSION)"' -Icommon \
	$(OPTIMISE) $(HARDENING) $(WARNINGS) -pthread -MMD -MP $(CFLAGS)
ALL_LDFLAGS = $(filter -fsanitize% --coverage,$(OPTIMISE)) -pie -Wl,-z,relro,-z,now \
	-Wl,--as-needed -pthread $(LDFLAGS)
LIBS := -lssl -lcrypto

COMMON := $(wildcard common/*/*.c common/*/*/*.c)
PLUGINS := $(patsubst plugins/%.c,%,$(wildcard plugins/check_*.c))
UNITS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
TESTLIB := $(wildcard tests/lib/*.c)

all: $(PLUGINS:%=$(B)/%) $(if $(wildcard plugins/mailvitals.c),$(B)/mailvitals)
ifeq ($(B),build/release)
	@for p in $(PLUGINS) $(if $(wildcard plugins/mailvitals.c),mailvitals); do \
		ln -sf release/$$p build/$$p; done
endif

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<
$(B)/obj/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itests -c -o $@ $<

$(B)/libmailvitals.a: $(COMMON:%.c=$(B)/obj/%.o)
	@rm -f $@
	ar rcs $@ $^
$(B)/libtest.a: $(TESTLIB:%.c=$(B)/obj/%.o)
	@rm -f $@
	ar rcs $@ $^

# A program is its own file, a main() that names it, and the library.
$(B)/check_%: $(B)/obj/plugins/check_%.o $(B)/obj/main/check_%.o $(B)/libmailvitals.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)
$(B)/obj/main/check_%.o: plugins/main.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -DPLUGIN=check_$* -c -o $@ $<
$(B)/mailvitals: $(B)/obj/plugins/mailvitals.o $(PLUGINS:%=$(B)/obj/plugins/%.o) $(B)/libmailvitals.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/tests/%: $(B)/obj/tests/unit/%.o $(B)/libtest.a $(B)/libmailvitals.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -ljson-c $$(pkg-config --libs check) -ldl

# Case files, in process and against loopback (tests/README.md).
$(B)/run_case: $(B)/obj/tests/run_case.o $(PLUGINS:%=$(B)/obj/plugins/%.o) $(B)/libtest.a $(B)/libmailvitals.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -ljson-c

# Fuzz targets: with the fuzzer in V=fuzz, else with a main() that replays a corpus.
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
ifeq ($(V),fuzz)
FUZZ_MAIN = -fsanitize=fuzzer
else
FUZZ_MAIN = $(B)/obj/tests/fuzz/replay.o
$(FUZZERS:%=$(B)/fuzz/%): $(B)/obj/tests/fuzz/replay.o
endif
$(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(B)/libmailvitals.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $< $(FUZZ_MAIN) $(B)/libmailvitals.a $(LIBS)

units: $(UNITS:%=$(B)/tests/%)
fuzz: $(FUZZERS:%=$(B)/fuzz/%)
run_case: $(B)/run_case

# ---- what a newcomer types ----
demo:
	@tests/setup demo
	@$(MAKE) -s all run_case
	@tests/demo
check:
	@tests/setup check
	@tests/check

# ---- what keeps the house in order ----
SOURCES := $(COMMON) $(wildcard plugins/*.c tests/lib/*.c tests/*.c tests/fuzz/*.c)
lint: all
	awk -f tests/arch/layers.awk $(wildcard common/*/*.[ch] common/*/*/*.[ch])
	tests/arch/symbols.sh $(B)/obj
	packaging/lists/generate --check
	packaging/readme --check
	clang-format --dry-run -Werror $(SOURCES) $(wildcard common/*/*.h)
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --enable=warning,performance,portability \
		--suppressions-list=tests/arch/cppcheck.txt -Icommon $(COMMON) plugins
	tests/arch/tidy.sh $(COMMON) $(wildcard plugins/*.c)
bench:
	@tests/setup bench
	@tests/bench/run
bench-gate: all
	@tests/setup check
	@tests/bench/gate

# ---- installing ----
# Pages and completions are what the programs say of themselves.
DOOR := mailvitals mailvitals-doctor
MAN := $(PLUGINS:%=$(B)/man/%.1) $(DOOR:%=$(B)/man/%.1) $(B)/man/mailvitals-findings.7
COMPLETIONS := $(foreach shell,bash zsh fish,$(PLUGINS:%=$(B)/$(shell)/%) $(DOOR:%=$(B)/$(shell)/%))
$(B)/mailvitals-doctor: $(B)/mailvitals
	ln -sf mailvitals $@
$(B)/man/%.1: $(B)/%
	@mkdir -p $(@D)
	$< --man > $@
$(B)/man/mailvitals-findings.7: $(B)/mailvitals
	@mkdir -p $(@D)
	$< findings --man > $@
define COMPLETION
$(B)/$(1)/%: $(B)/%
	@mkdir -p $$(@D)
	$$< --completion $(1) > $$@
endef
$(foreach shell,bash zsh fish,$(eval $(call COMPLETION,$(shell))))
DIRS = $(PLUGINDIR) $(BINDIR) $(MANDIR)/man1 $(MANDIR)/man7 $(BASHDIR) $(ZSHDIR) $(FISHDIR)
install: all $(MAN) $(COMPLETIONS)
	install -d $(DIRS:%=$(DESTDIR)%)
	install -m 755 $(PLUGINS:%=$(B)/%) $(DESTDIR)$(PLUGINDIR)
	install -m 755 $(B)/mailvitals $(DESTDIR)$(BINDIR)
	ln -sf mailvitals $(DESTDIR)$(BINDIR)/mailvitals-doctor
	install -m 644 $(filter %.1,$(MAN)) $(DESTDIR)$(MANDIR)/man1
	install -m 644 $(filter %.7,$(MAN)) $(DESTDIR)$(MANDIR)/man7
	for p in $(PLUGINS) $(DOOR); do \
		install -m 644 $(B)/bash/$$p $(DESTDIR)$(BASHDIR)/$$p && \
		install -m 644 $(B)/zsh/$$p $(DESTDIR)$(ZSHDIR)/_$$p && \
		install -m 644 $(B)/fish/$$p $(DESTDIR)$(FISHDIR)/$$p.fish || exit 1; done

clean:
	rm -rf build

.PHONY: all units fuzz run_case demo check lint bench bench-gate install clean
.SECONDARY:
.DELETE_ON_ERROR:
-include $(shell find $(B) -name '*.d' -type f 2>/dev/null)
