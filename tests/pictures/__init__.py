"""Pictures of the real screens for README and `docs/tour.md`: ``make pictures`` writes them anew."""
