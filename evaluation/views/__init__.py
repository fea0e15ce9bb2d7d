"""Pages of measuring: endpoints, runs, predictions, the leaderboard."""
