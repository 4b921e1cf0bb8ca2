// The chosen theme, before anything is painted.
document.documentElement.dataset.theme = localStorage.getItem('parlance.theme') ?? 'system';
