#!/bin/sh
# Prints the command of a Python that can build the book: 3.11 or newer, with venv and pip's bootstrap.
# PYTHON=… names one; otherwise the usual names are tried, python3 first. Says on standard error what was wrong with each.
# In sh because nothing else can be relied on before a Python is found.

check='import sys
if sys.version_info < (3, 11):
    print("is Python %d.%d.%d, too old" % sys.version_info[:3])
else:
    try:
        import ensurepip, venv
    except ImportError as error:
        print("lacks %s (on Debian and Ubuntu: apt install python3-venv)" % error.name)
    else:
        print("suitable")'

found=""
if [ -n "${PYTHON:-}" ]; then
    set -- "$PYTHON"
else
    set -- python3 python3.13 python3.12 python3.11 python
fi

for candidate; do
    if ! command -v "$candidate" >/dev/null 2>&1; then
        verdict="is not there"
    else
        verdict=$("$candidate" -c "$check" 2>/dev/null) || verdict="does not run"
    fi
    if [ "$verdict" = suitable ]; then
        echo "$candidate"
        exit 0
    fi
    found="$found
  $candidate $verdict"
done

echo "This book needs Python 3.11 or newer, with venv. What was found:$found
Install one (https://www.python.org/downloads/) or name one: make PYTHON=/path/to/python3.12 book" >&2
exit 1
