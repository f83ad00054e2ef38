"""Operators that work on whole arrays, by what they are for; a family registers its own when it is imported."""

from layerdsl.operators.families import boxes as boxes
from layerdsl.operators.families import chosen_length as chosen_length
from layerdsl.operators.families import convolution as convolution
from layerdsl.operators.families import extern as extern
from layerdsl.operators.families import files as files
from layerdsl.operators.families import joint as joint
from layerdsl.operators.families import labels as labels
from layerdsl.operators.families import layout as layout
from layerdsl.operators.families import matrices as matrices
from layerdsl.operators.families import order as order
from layerdsl.operators.families import pooling as pooling
from layerdsl.operators.families import running as running
from layerdsl.operators.families import scan as scan
from layerdsl.operators.families import used as used
from layerdsl.operators.families import variable as variable
from layerdsl.operators.families import window_products as window_products
from layerdsl.operators.families import window_views as window_views
from layerdsl.operators.families import windows as windows
