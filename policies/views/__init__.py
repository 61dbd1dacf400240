"""The pages: thin views that render a template and name the REST addresses it reads."""
