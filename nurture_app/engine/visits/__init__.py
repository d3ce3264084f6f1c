"""What people look at on the websites that carry the tracking script: visits, page views, how they came."""
