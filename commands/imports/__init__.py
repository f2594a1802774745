"""Reading what other shop systems export: one module an ecosystem, and what they share.

How a file becomes rows: ``text_file`` (encoding), ``tables`` (CSV and TSV), ``feed_items`` (RSS and Atom),
``json_lines``; ``row_groups`` brings the rows of one product or order together. What a row means: ``shopify_products``,
``google``, ``woocommerce``, ``shopify_orders``, ``json_orders``, ``customers``, ``events``. Storing: ``product_load``
and ``record_load``, in batches that are each their own transaction, with a ``report``. ``catalogue_report`` tells
afterwards which questions the catalogue cannot answer.
"""
