"""The functions of the language by what they are for, as entries of the table `semantics.builtins.BUILTINS`."""
