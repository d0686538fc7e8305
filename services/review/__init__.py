"""What waits for an officer, what a decision would bring about, and the decision itself as an event with grounds."""
