"""`make reference`."""

from tools.reference import main

main()
