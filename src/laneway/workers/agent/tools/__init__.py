"""An agent that calls tools: ``loop`` talks with the model, ``broker`` lets each call happen at most as often as it may."""
