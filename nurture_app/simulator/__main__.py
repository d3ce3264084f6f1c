import sys

from nurture_app.simulator.cli import main

sys.exit(main())
