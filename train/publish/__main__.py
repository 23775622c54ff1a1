"""The command line: `python -m train.publish RUN user/repo`."""

import sys

from train.publish.command import main

if __name__ == "__main__":
    sys.exit(main())
