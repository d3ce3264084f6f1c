"""Everything is in pyproject.toml; this file serves tools that still ask for a setup.py."""

import re
from pathlib import Path

from setuptools import setup

source = Path(__file__).with_name("nurture_app").joinpath("__init__.py").read_text(encoding="utf-8")
version = re.search(r'__version__ = "([^"]+)"', source).group(1)

setup(name="nurture_app", version=version, packages=["nurture_app"])
