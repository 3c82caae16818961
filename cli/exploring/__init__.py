"""What the explorer shows of a workspace: answers to its questions, composed of the rooms. Nothing here knows pages."""
